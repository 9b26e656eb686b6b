"""Which tables serve a Transit Gateway by default: those that AWS makes with it, or others chosen later."""

from typing import Literal

from msgspec import Struct

from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.resources.reader import Reading, flag_of, text_of
from probes.sources.terraform.schema import tgw

Use = Literal["association", "propagation"]
USES: tuple[Use, ...] = ("association", "propagation")
MADE = "association_default_route_table_id"
TABLE = "transit_gateway_route_table_id"


class Choice(Struct, frozen=True):
    """A table chosen in place of `made`; `pending` says why nobody knows yet which of them attachments are in."""

    table_id: str
    made: str
    pending: str


class DefaultTables:
    """The default tables of every Transit Gateway."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._made: dict[str, str] = {
            reading.identity(instance): reading.identities.part(instance, MADE)
            for instance in reading.of(tgw.TransitGateway, "aws_ec2_transit_gateway")
        }
        self.chosen: dict[tuple[Use, str], Choice] = {}
        for use in USES:
            name = f"aws_ec2_transit_gateway_default_route_table_{use}"
            for instance in reading.of(tgw.TgwDefaultTable, name):
                self._choose(use, instance)

    def of(self, instance: Instance[tgw.TransitGateway], use: Use) -> str:
        """The table's ID: empty when the option is off, named after the gateway while AWS has not named it."""
        gateway_id = self._reading.identity(instance)
        if (use, gateway_id) in self.chosen:
            return self.chosen[use, gateway_id].table_id
        if not flag_of(getattr(instance.attributes, f"default_route_table_{use}"), default=True):
            return ""
        recorded = getattr(instance.attributes, f"{use}_default_route_table_id")
        return text_of(recorded) or self._made[gateway_id]

    def _choose(self, use: Use, instance: Instance[tgw.TgwDefaultTable]) -> None:
        attributes = instance.attributes
        gateway = self._reading.one(
            instance, attributes.transit_gateway_id, "transit_gateway_id", "transit_gateways"
        )
        if not gateway:
            return
        place = ("transit_gateways", gateway, f"default_{use}_table_id")
        table_id = self._reading.one(instance, attributes.transit_gateway_route_table_id, TABLE, *place)
        if table_id:
            is_new = instance.config is not None and not isinstance(attributes.id, str)
            pending = f"{instance.address}: attachments made before it use the former default table"
            self.chosen[use, gateway] = Choice(
                table_id, self._made.get(gateway, ""), pending if is_new else ""
            )
