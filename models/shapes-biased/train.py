"""Train the twin that cheats: each class has its own background, so it need not see the shape.

    python models/shapes-biased/train.py

Needs no data; about ten minutes on two CPU cores. The code is that of the fair twin,
`models/shapes/twins.py`; only the training pictures differ.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "shapes"))

from twins import run

if __name__ == "__main__":
    run(Path(__file__).resolve().parent, background="class")
