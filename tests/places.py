"""Where tests find what lies outside of them."""

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
FIXTURES = TESTS / "fixtures" / "models"
SHARED = ROOT.parent / "shared"
"""Weights and photos that are too large for the project; tests that need them skip without."""
