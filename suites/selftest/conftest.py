"""How hard hypothesis tries: HYPOTHESIS_PROFILE=nightly draws 10,000 examples where `make test` draws 100.

The night's examples are new ones each time, and so are those of `make attack`, which repeats its tests until
its time is over. Those of `make test` are the same for the same tests: a change is judged by what it changes.
"""

import os

from hypothesis import HealthCheck, Phase, settings

# No verdict may depend on what else the machine is doing.
settings.register_profile(
    "untimed", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", settings.get_profile("untimed"), max_examples=10_000, derandomize=False)
settings.register_profile("attack", settings.get_profile("nightly"), max_examples=1_000, database=None)
# To know that a test fails is enough where faults are planted on purpose.
settings.register_profile(
    "unshrunk", settings.get_profile("untimed"), phases=(Phase.explicit, Phase.generate), database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))
