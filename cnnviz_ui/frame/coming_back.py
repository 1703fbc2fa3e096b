"""One's own model and photos after a reload: left under a key that the link carries.

Each change leaves them under another key, so a link shows what it showed when it was made. What is
removed is gone under all keys that led to it here.
"""

from __future__ import annotations

from cnnviz_engine.keeping import cloakroom
from cnnviz_ui.frame import own_model, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.state import Belongings


def fetch() -> None:
    """A session begins: take over what its link leads to; to be called before any control.

    A later link of the session is one of its own: it changes nothing of what is held.
    """
    left = state.current().left
    if left.begun:
        return
    left.begun = True
    key = state.current().choices.asked(Key.MINE)
    things = cloakroom.room().fetch(key) if key is not None else None
    if key is None or not isinstance(things, Belongings):
        state.current().sidebar.lost_model = key is not None
        return
    left.key, left.things, left.keys = key, things, [key]
    state.current().sidebar.tray = things.photos
    if things.model is not None:
        own_model.take_back(things.model)


def leave() -> bool:
    """Leave what is one's own for the next session; to be called in each run, before any control.

    Returns:
        Whether there is any, so that the link leads to it.
    """
    held, left = state.current(), state.current().left
    things = Belongings(own_model.own(), held.sidebar.tray)
    if not things.sizes.keys() >= left.things.sizes.keys():
        for key in left.keys:
            cloakroom.room().remove(key)
        left.keys.clear()
    if things != left.things:
        left.key = cloakroom.fresh_key() if things.sizes else ""
        left.keys += [left.key] if left.key else []
        left.things = things
    if left.key:
        cloakroom.room().leave(left.key, things, things.sizes)
    held.choices.end(Key.MINE, left.key, "")
    return bool(left.key)
