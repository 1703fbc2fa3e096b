"""From a request to its result on the page: wait briefly, else show progress, or say what failed.

A session holds one job for each request that it waits for, under the request's key. Equal requests
share one computation in the engine, so a refreshed page finds its job again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_core.errors import CnnVizError, WeightsUnavailableError
from cnnviz_engine import JobCancelledError
from cnnviz_engine.requests.base import is_upload
from cnnviz_ui.frame import announcing, engine, own_model, state, visitors
from cnnviz_ui.frame.page import caption, note, problem
from cnnviz_ui.frame.text import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_engine import Job, Progress
    from cnnviz_engine.requests.base import Request, Result
    from cnnviz_ui.frame.photos import Photo

    Draw = Callable[[str, str, Callable[[Any], None] | None], None]

SANDBOX = "your model is being read into its sandbox; the first time takes some ten seconds"
MOST_STEPS = 200_000
"""No method makes as many."""
PATIENCE = {"quick": 1.5, "long": 0.3}
"""Seconds that a page waits before it shows progress instead, by lane."""
BLANK = 0.25
"""Seconds for which a page that was just opened may have nothing to show."""


def ask(
    request: Request[Result],
    photo: Photo | None = None,
    *,
    noun: str,
    preview: Callable[[Result], None] | None = None,
    refused: Callable[[str], None] = problem,
) -> Result | None:
    """The result of a request, or None while the page shows how far it is, or why there is none.

    Args:
        request: what to compute.
        photo: the photo whose digest the request names.
        noun: what is waited for, in a few words.
        preview: draws a partial result.
        refused: says why there is none.
    """
    run = _run()
    run.asked.add(request.key)
    if request.key in _cancelled():
        _once(_offer_again, request.key, noun, preview)
        return None
    place = st.empty()
    try:
        job = _job(request, photo)
        if job is None:
            st.skeleton(height=160)
        elif job.wait(0) or (request.key not in run.waiting and _comes(job, place, noun)):
            _jobs().pop(request.key, None)
            result = job.result(timeout=0)
            run.answered[request.key] = announcing.outcome(noun, result)
            return result
        else:
            _once(_watch, request.key, noun, preview)
    except JobCancelledError:
        _ask_again(request.key, noun, preview)
    except WeightsUnavailableError as error:
        problem(own_model.without_weights(), str(error))
    except CnnVizError as error:
        refused(str(error))
    return None


def _comes(job: Job[Any], place: DeltaGenerator, noun: str) -> bool:
    """Wait briefly for a job; a page that was just opened says for what, as it is blank yet."""
    patience = PATIENCE[job.request.lane]
    drawn_before = state.current().jobs.page == state.current().choices.page
    if drawn_before or patience < 2 * BLANK or job.wait(BLANK):
        return job.wait(patience)
    with place.container():
        caption(f"{noun}: on its way.")
        st.skeleton(height=160)
    came = job.wait(patience - BLANK)
    place.empty()
    return came


def _ask_again(key: str, noun: str, preview: Callable[[Any], None] | None) -> None:
    """After a cancel that was not this visitor's: a slow page may seem to have left. Once."""
    _jobs().pop(key, None)
    again = state.current().jobs.asked_again
    if key in again:
        _cancelled()[key] = None
        _once(_offer_again, key, noun, preview)
        return
    again.add(key)
    st.rerun()


def _once(draw: Draw, key: str, noun: str, preview: Callable[[Any], None] | None) -> None:
    """Draw the progress of a request, or its cancel, where this run of the page has not yet.

    Their buttons are named after the request, so one that is asked for twice has them only once.
    """
    waiting = _run().waiting
    if key in waiting:
        caption(f"{noun}: as above.")
        return
    waiting.add(key)
    draw(key, noun, preview)


def begin() -> None:
    """Note that a run of the page begins."""
    state.current().jobs.run = state.Run()


def whole() -> bool:
    """Whether this run of the page got an answer to all that it asked."""
    run = _run()
    return run.asked <= run.answered.keys()


def end() -> None:
    """Take back the jobs that the page of this run no longer asks for; tell what is there."""
    asked = _run().asked
    for key in [key for key in _jobs() if key not in asked]:
        _jobs().pop(key).cancel()
    state.current().jobs.page = state.current().choices.page
    announcing.results(state.current().jobs.said, _run().answered)


def _job(request: Request[Result], photo: Photo | None) -> Job[Result] | None:
    """This session's job for a request; None while the engine is not up."""
    held = _jobs().get(request.key)
    if held is not None:
        return held
    ready = engine.ready()
    if ready is None:
        return None
    pixels = photo.pixels if photo is not None else None
    upload = own_model.upload_of(request.model)
    job = ready.submit(request, pixels, owner=visitors.session(), upload=upload)
    _jobs()[request.key] = job
    visitors.expect(job.owner)
    return job


@st.fragment(run_every=0.4)
def _watch(key: str, noun: str, preview: Callable[[Any], None] | None) -> None:
    """Show how far a job is, with what it has so far, and let the visitor cancel it."""
    job = _jobs().get(key)
    if job is None or job.wait(0):
        st.rerun()
        return
    progress = job.progress
    share = progress.share if progress is not None else 0.0
    standing = _standing(job, noun)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, text=standing)
        cancel = st.button("Cancel", key=f"_cancel-{key}", icon=":material/close:")
    if cancel:
        _cancelled()[key] = job.preview
        _jobs().pop(key, None)
        job.cancel()
        st.rerun()
    grown = job.preview
    if preview is not None and grown is not None:
        preview(grown)
    announcing.progress(state.current().jobs.said, key, standing, progress)


def _standing(job: Job[Any], noun: str) -> str:
    """Where a job stands, in words."""
    progress = job.progress
    if job.state == "queued" and job.position > 0:
        return f"{noun}: waiting, {count(job.position, 'job')} ahead"
    if progress is None:
        return f"{noun}: {SANDBOX if is_upload(job.request.model) else 'starting'}"
    left = progress.seconds_left
    rest = f", {duration(left)} left" if left is not None else ""
    return f"{noun}: {_steps(progress)}{rest}"


def _steps(progress: Progress) -> str:
    """How far it is; a step so small that there are so many is a byte of a download."""
    if max(progress.step, progress.total) < MOST_STEPS:
        return f"step {progress.step} of {progress.total}"
    of_all = f" of {progress.total / 1e6:.1f}" if progress.total else ""
    return f"{progress.step / 1e6:.1f}{of_all} MB downloaded"


def _offer_again(key: str, noun: str, preview: Callable[[Any], None] | None) -> None:
    """After a cancel: what there was by then, and a way to run it after all."""
    with st.container(horizontal=True, vertical_alignment="center"):
        note(f"{noun}: cancelled.")
        again = st.button("Run it", key=f"_again-{key}", icon=":material/replay:")
    if again:
        del _cancelled()[key]
        st.rerun()
    if preview is not None and _cancelled().get(key) is not None:
        preview(_cancelled()[key])


def _jobs() -> dict[str, Job[Any]]:
    return state.current().jobs.running


def _cancelled() -> dict[str, Any]:
    return state.current().jobs.cancelled


def _run() -> state.Run:
    return state.current().jobs.run
