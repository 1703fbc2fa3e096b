"""Small functions as the lines that they are made of, so that what is shown is what is run."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def lines_of(function: Callable[..., Any], result: str = "result") -> str:
    """The body of a function as lines that can be run by themselves, without its docstring.

    Args:
        function: a function of plain statements that ends in its one `return`.
        result: the name, or names, that what it returns is given.

    Returns:
        Lines that need what the function's arguments are called, and what its module imports.
    """
    (definition,) = ast.parse(inspect.getsource(function)).body
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(f"{function!r} is not a function that was defined with def.")
    *body, last = definition.body[1:]
    if not isinstance(last, ast.Return) or last.value is None:
        raise TypeError(f"{function.__name__} does not end in what it returns.")
    given = ast.unparse(last.value)
    if isinstance(last.value, ast.Tuple):
        given = given.removeprefix("(").removesuffix(")")
    ending = [] if given == result else [f"{result} = {given}"]
    return "\n".join([*(ast.unparse(statement) for statement in body), *ending]) + "\n"
