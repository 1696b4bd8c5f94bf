"""The small workspace, for every test of the door."""

from tests.cli.small_workspace import small

__all__ = ["small"]
