"""What is left under a key: found by it alone, bounded in number, bytes and time."""

import string

import pytest

from cnnviz_engine.keeping import cloakroom
from cnnviz_engine.keeping.cloakroom import SECONDS, Cloakroom, fresh_key


class Clock:
    """Time that goes on when it is told to."""

    time = 0.0

    def __call__(self):
        """The time."""
        return self.time


@pytest.fixture
def clock():
    """At the beginning of time."""
    return Clock()


@pytest.fixture
def room(clock):
    """Room for three things of ten bytes in all."""
    return Cloakroom(10, most=3, now=clock)


def test_a_key_cannot_be_guessed_and_fits_a_link():
    """At least 128 bits of the system's randomness, in signs that no link escapes."""
    keys = {fresh_key() for _ in range(1000)}
    assert len(keys) == 1000
    signs = string.ascii_letters + string.digits + "-_"
    assert all(set(key) <= set(signs) and len(key) * 6 >= 128 for key in keys)


def test_a_thing_is_found_by_its_key_alone(room):
    """Not by another one, a part of it, another spelling, or anything else that a link may say."""
    key = fresh_key()
    room.leave(key, "mine", {"a": 1})
    assert room.fetch(key) == "mine"
    assert room.fetch(key) == "mine"
    for wrong in (fresh_key(), key[:-1], key + "A", key.swapcase(), "", "*", "é" * 32, "\ud800"):
        assert room.fetch(wrong) is None


def test_keys_are_not_held(room):
    """Whoever reads what the cloakroom holds reads no key."""
    key = fresh_key()
    room.leave(key, "mine", {"a": 1})
    assert key not in repr(vars(room))
    assert key.encode() not in b"".join(room._left)


def test_an_hour_after_its_last_use_a_thing_is_gone(room, clock):
    """Each use gives it another hour; a look does not."""
    used, looked_at = fresh_key(), fresh_key()
    room.leave(used, "used", {"a": 1})
    room.leave(looked_at, "looked at", {"b": 1})
    clock.time = SECONDS - 1
    room.leave(used, "used", {"a": 1})
    assert room.fetch(looked_at) == "looked at"
    clock.time = SECONDS
    assert room.fetch(looked_at) is None
    assert room.fetch(used) == "used"
    clock.time = 2 * SECONDS - 1
    assert room.fetch(used) is None


def test_what_is_old_goes_though_nobody_comes(room, clock):
    """Clearing lets go of the thing itself."""
    room.leave(fresh_key(), "old", {"a": 1})
    clock.time = SECONDS
    room.clear()
    assert not room._left


def test_what_is_removed_is_gone(room):
    """Before its time; the others stay, and a key of nothing removes nothing."""
    first, second = fresh_key(), fresh_key()
    room.leave(first, "first", {})
    room.leave(second, "second", {})
    room.remove(first)
    room.remove(first)
    assert (room.fetch(first), room.fetch(second)) == (None, "second")


def test_what_was_used_least_recently_gives_way(room):
    """To a fourth thing, and to bytes that do not fit; parts that are equal count once."""
    keys = [fresh_key() for _ in range(5)]
    for key in keys[:3]:
        room.leave(key, "shares a file", {"file": 6})
    room.leave(keys[0], "shares a file", {"file": 6})
    room.leave(keys[3], "has its own", {"other": 4})
    assert [room.fetch(key) is not None for key in keys[:4]] == [True, False, True, True]
    room.leave(keys[4], "is large", {"large": 9})
    assert [room.fetch(key) is not None for key in keys] == [False] * 4 + [True]


def test_what_is_larger_than_the_room_is_not_held(room):
    """Without an error: it is only not found after a reload."""
    key = fresh_key()
    room.leave(key, "huge", {"huge": 11})
    assert room.fetch(key) is None


def test_the_room_of_the_process_leaves_space_for_who_is_here(monkeypatch):
    """Half of what uploads may take, by the settings of the environment."""
    monkeypatch.setenv("CNNVIZ_UPLOAD_BYTES", "1000")
    cloakroom.room.cache_clear()
    try:
        assert cloakroom.room()._limit == 500
        assert cloakroom.room() is cloakroom.room()
    finally:
        cloakroom.room.cache_clear()
