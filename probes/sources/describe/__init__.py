"""Raw answers of AWS's describe calls translated into the model: shared by the dump and the AWS source."""

from probes.sources.describe.response_keys import ANSWERS
from probes.sources.describe.state import answers_to_state, typed_to_state

__all__ = ["ANSWERS", "answers_to_state", "typed_to_state"]
