"""How a method of many passes tells how far it is, and is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OnStep = Callable[[int, int, Any], bool | None]
"""Told of the steps done, the steps in all and what there is so far; returning False stops."""
