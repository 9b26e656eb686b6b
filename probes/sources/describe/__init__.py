"""Raw responses of AWS's describe calls translated into the model: shared by the dump and the AWS source."""

from probes.sources.describe.state import responses_to_state, typed_to_state

__all__ = ["responses_to_state", "typed_to_state"]
