"""
Raw answers of AWS's describe calls translated into the model: shared by the dump and the AWS source.
"""

from probes.sources.describe.join import answers_to_state, typed_to_state
from probes.sources.describe.registry import ANSWERS

__all__ = ["ANSWERS", "answers_to_state", "typed_to_state"]
