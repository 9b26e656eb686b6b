"""Selftests of the history of runs."""
