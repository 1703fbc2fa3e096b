"""The register of slow replicas: what proves that a method computes what its paper says."""


def replica_of(*names):
    """Mark what computes the same as public functions, from the paper and without them.

    On a function that tests compare with, or on the test itself where it writes the replica out.
    `tests/core/test_conventions.py` reads these marks and fails for a method that has none.
    """
    assert names
    return lambda function: function
