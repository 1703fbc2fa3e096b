"""Train the fair twin: the background says nothing of the class.

    python models/shapes/train.py

Needs no data; about ten minutes on two CPU cores. See `twins.py` for how, and
`models/shapes-biased` for the other twin.
"""

from pathlib import Path

from twins import run

if __name__ == "__main__":
    run(Path(__file__).resolve().parent, background="independent")
