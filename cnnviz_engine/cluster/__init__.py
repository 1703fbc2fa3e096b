"""Where work runs: reaching a Dask cluster, handing it jobs, looking after them."""
