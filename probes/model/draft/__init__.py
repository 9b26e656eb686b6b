"""A spec of an observed network: what it is, as claims that somebody can correct."""
