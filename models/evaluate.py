"""`python -m models.evaluate`, as the sealed model card names it; the code is in `models.evaluation`."""

from __future__ import annotations

from models.evaluation.evaluate import main

if __name__ == "__main__":
    main()
