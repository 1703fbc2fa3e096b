"""Whether there is hope for workers, without any cluster."""

import pytest

from cnnviz_engine.cluster.reaching import ClusterLostError
from cnnviz_engine.cluster.workforce import SANDBOX_SECONDS, START_SECONDS, Workforce

WORKER = {"one": {"resources": {"quick": 1}, "nthreads": 1}}
SANDBOX = {"in": {"resources": {"sandbox_quick": 1}, "nthreads": 1}}


def reached(foreign):
    """The workforce of a cluster that was just reached."""
    workforce = Workforce(foreign)
    workforce.expect()
    return workforce


def test_a_local_cluster_without_a_worker_is_given_up_in_the_end(clock):
    """Its time begins anew with each look at a worker."""
    workforce = reached(foreign=False)
    clock.tick(START_SECONDS)
    workforce.count(WORKER)
    clock.tick(START_SECONDS)
    workforce.count({})
    assert not workforce.ready
    clock.tick(1)
    with pytest.raises(ClusterLostError, match="No worker came up"):
        workforce.count({})


def test_a_foreign_cluster_without_a_worker_is_waited_for(clock):
    """Its workers come when those who run it like."""
    workforce = reached(foreign=True)
    clock.tick(2 * START_SECONDS)
    workforce.count({})
    assert (workforce.ready, workforce.lacks_sandbox) == (False, False)


def test_a_sandbox_that_is_gone_is_hoped_for_a_while(clock):
    """A restart takes some time; then it counts as lacking, until there is one again."""
    workforce = reached(foreign=False)
    workforce.count(WORKER | SANDBOX)
    clock.tick(SANDBOX_SECONDS)
    workforce.count(WORKER)
    assert not workforce.lacks_sandbox
    clock.tick(1)
    assert workforce.lacks_sandbox
    workforce.count(WORKER | SANDBOX)
    assert not workforce.lacks_sandbox


def test_a_foreign_clusters_sandbox_is_not_hoped_for(clock):
    """Unless it has had one."""
    workforce = reached(foreign=True)
    workforce.count(WORKER)
    assert workforce.lacks_sandbox
    workforce.count(WORKER | SANDBOX)
    workforce.count(WORKER)
    assert not workforce.lacks_sandbox
