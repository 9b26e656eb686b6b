"""Findings at the place in the configuration that declares the resource: for a pull request's page."""
