"""Every call that the AWS source makes: docs/iam-policy.json allows exactly these.

All of them read, and none relies on a server-side filter where leaving one out gives the same items.
"""

from probes.sources.aws.calls.ec2 import NETWORK
from probes.sources.aws.calls.operation import Call
from probes.sources.aws.calls.services import COMPUTE, LOAD_BALANCERS, MONITORING, STORAGE, WORLDWIDE

__all__ = ["REGIONAL", "WORLDWIDE", "Call"]

REGIONAL: tuple[Call, ...] = (*NETWORK, *LOAD_BALANCERS, *STORAGE, *COMPUTE, *MONITORING)
