"""Which tables serve a Transit Gateway by default: those that AWS makes with it, or others chosen later.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

from typing import Literal

from msgspec import UNSET, Struct

from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import flag_of, text_of
from probes.sources.terraform.schema.base import Attributes, Number, Tagged, Text

Use = Literal["association", "propagation"]
USES: tuple[Use, ...] = ("association", "propagation")
MADE = "association_default_route_table_id"


class TransitGateway(Tagged, gc=False):
    """`aws_ec2_transit_gateway`."""

    amazon_side_asn: Number = UNSET
    owner_id: Text = UNSET
    default_route_table_association: Text = UNSET
    default_route_table_propagation: Text = UNSET
    association_default_route_table_id: Text = UNSET
    propagation_default_route_table_id: Text = UNSET
    auto_accept_shared_attachments: Text = UNSET
    dns_support: Text = UNSET
    security_group_referencing_support: Text = UNSET
    encryption_support: Text = UNSET


class TgwDefaultTable(Attributes, gc=False):
    """`aws_ec2_transit_gateway_default_route_table_association` and `…_propagation`."""

    transit_gateway_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class ChosenTable(Struct, frozen=True):
    """A table chosen in place of `made`; `pending` says why nobody knows yet which of them attachments are in."""

    table_id: str
    made: str
    pending: str


class DefaultTables:
    """The default tables of every Transit Gateway."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._made: dict[str, str] = {
            reader.identity(instance): reader.ids.part(instance, MADE)
            for instance in reader.of(TransitGateway, "aws_ec2_transit_gateway")
        }
        self.chosen: dict[tuple[Use, str], ChosenTable] = {}
        for use in USES:
            name = f"aws_ec2_transit_gateway_default_route_table_{use}"
            for instance in reader.of(TgwDefaultTable, name):
                self._choose(use, instance)

    def of(self, instance: ResourceInstance[TransitGateway], use: Use) -> str:
        """The table's ID: empty when the option is off, named after the gateway while AWS has not named it."""
        gateway_id = self._reader.identity(instance)
        if (use, gateway_id) in self.chosen:
            return self.chosen[use, gateway_id].table_id
        if not flag_of(getattr(instance.attributes, f"default_route_table_{use}"), default=True):
            return ""
        recorded = getattr(instance.attributes, f"{use}_default_route_table_id")
        return text_of(recorded) or self._made[gateway_id]

    def _choose(self, use: Use, instance: ResourceInstance[TgwDefaultTable]) -> None:
        gateway = self._reader.at(instance).one("transit_gateway_id")
        if not gateway:
            return
        resource = self._reader.at(instance, gateway)
        table_id = resource.one("transit_gateway_route_table_id", f"default_{use}_table_id")
        if table_id:
            is_new = instance.config is not None and not isinstance(instance.attributes.id, str)
            pending = f"{instance.address}: attachments made before it use the former default table"
            made = self._made.get(gateway, "")
            self.chosen[use, gateway] = ChosenTable(table_id, made, pending if is_new else "")
