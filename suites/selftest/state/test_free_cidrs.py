from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from probes.model.checks.cidr_sets import free_blocks, next_free

VPC = IPv4Network("10.66.0.0/24")
subnets = st.lists(
    st.integers(0, 15).map(lambda n: IPv4Network(f"10.66.0.{n * 16}/28")), min_size=1, unique=True
)


@given(subnets)
def test_free_and_used_blocks_share_nothing_and_make_up_the_whole(used: list[IPv4Network]) -> None:
    free = free_blocks([VPC], used)

    assert not any(block.overlaps(other) for block in free for other in used)
    assert sum(block.num_addresses for block in (*free, *used)) == VPC.num_addresses


@given(subnets)
def test_next_free_subnet_is_the_first_one_behind_its_neighbours(used: list[IPv4Network]) -> None:
    found = next_free([VPC], used, used)
    behind = [s for s in VPC.subnets(new_prefix=28) if s > max(used)]

    assert found == (behind[0] if behind else None)


def test_documented_network_has_room_for_a_third_attachment_subnet() -> None:
    used = [IPv4Network("10.66.30.0/28"), IPv4Network("10.66.30.16/28"), IPv4Network("10.66.20.0/24")]

    assert next_free([IPv4Network("10.66.0.0/18")], used, used[:2]) == IPv4Network("10.66.30.32/28")
