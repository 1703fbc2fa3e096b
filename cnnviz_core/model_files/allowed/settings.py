"""What a file says of one layer or model by itself: its name, its keys and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.rule import REQUIRED
from cnnviz_core.model_files.limits import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.rules.rule import Rule


def checked_settings(rule: Rule, config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Every setting of a layer, checked or Keras's default, as Keras is to be given it.

    Raises:
        ModelFileError: one is missing, unknown or not allowed.
    """
    where = f"Layer {name[:80]!r} ({rule.class_name})"
    need_known_keys(config, {"name", *rule.settings}, where)
    settings: dict[str, Any] = {}
    try:
        for key, setting in rule.settings.items():
            value = config.get(key, setting.default)
            if value is REQUIRED:
                raise ModelFileError(f"{where} lacks its setting {key!r}. Save the model again.")
            settings[key] = _checked(setting.check, value, f"{where}: its setting {key!r}")
        rule.validate(settings)
    except Unfit as error:
        raise ModelFileError(f"{where} must be {str(error)[:300]}. Save the model again.") from None
    return {key: value for key, value in settings.items() if rule.settings[key].written}


def _checked(check_value: Any, value: Any, where: str) -> Any:
    try:
        return check_value(value)
    except Unfit as error:
        shown = repr(value)[:80] if isinstance(value, str | int | float | None) else "an object"
        raise ModelFileError(
            f"{where} is {shown}; it must be {str(error)[:300]}. Change it and save the model "
            "again."
        ) from None


def checked_name(value: Any, what: str) -> str:
    """The name of a layer or model, which `what` says.

    Raises:
        ModelFileError: it is none that Keras takes, or too long.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME or not value.isprintable():
        raise ModelFileError(
            f"A {what} of the file has the name {str(value)[:80]!r}; names have 1 to {MAX_NAME} "
            "printable characters. Rename it and save the model again."
        )
    if "/" in value:
        raise ModelFileError(
            f"The {what} {value[:80]!r} has a slash in its name, which Keras 3 does not allow. "
            "Rename it and save the model again."
        )
    return value


def need_known_keys(config: Mapping[Any, Any], known: set[str], where: str) -> None:
    """Refuse a key that nothing here looks at.

    Args:
        config: as the file holds it.
        known: its keys that are looked at.
        where: begins the sentence of the refusal, such as "Layer 'conv'".

    Raises:
        ModelFileError: there is another.
    """
    unknown = next((key for key in config if key not in known), None)
    if unknown is not None:
        raise ModelFileError(
            f"{where} has a setting {str(unknown)[:80]!r} that is not known here. Save the model "
            "again with a current version of Keras."
        )
