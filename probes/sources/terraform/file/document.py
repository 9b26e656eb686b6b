"""The file itself: `terraform show -json` output of a plan or of a state, decoded as far as the model needs it.

Attribute values and expressions stay raw JSON until somebody asks for them, so resources of no interest cost
little more than finding their end. `resource_changes` is never decoded: `planned_values` is what will be,
with unknown attributes left out (https://developer.hashicorp.com/terraform/internals/json-format).
"""

from pathlib import Path

import msgspec

from probes.files import MIB, as_utf8, nesting_bounded, read_bytes
from probes.model.errors import InputError
from probes.sources.terraform.file.printed_output import SeveralDocumentsError, cure, document_in

LOG_HEAD_BYTES = 1000
MAX_BYTES = 256 * MIB
WHAT = "what `terraform show -json` prints"
ZIP_MAGIC = b"PK\x03\x04"
SHOW_PLAN = "terraform plan -out=plan.out && terraform show -json plan.out > plan.json"
SHOW_STATE = "terraform show -json > state.json"
EMPTY_OBJECT = msgspec.Raw(b"{}")


class Expression(msgspec.Struct, gc=False):
    """What the configuration says about an attribute: the addresses it mentions."""

    references: list[str] = []


class Argument(Expression, gc=False):
    """What a module or provider is given, where a constant matters too."""

    constant_value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


Block = list[msgspec.Raw]


class ConfigResource(msgspec.Struct):
    """One resource block; `decoded` caches its expressions, see `expressions_of`."""

    mode: str = "managed"
    type: str = ""
    name: str = ""
    provider_config_key: str = ""
    expressions: msgspec.Raw = EMPTY_OBJECT
    for_each_expression: Expression | None = None
    decoded: dict[str, Expression | Block] | None = None


class Output(msgspec.Struct):
    """One output of a module."""

    expression: Expression = msgspec.field(default_factory=Expression)


class Variable(msgspec.Struct):
    """One input variable of a module; without a default it must be given."""

    default: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class ConfigModule(msgspec.Struct):
    """One module's configuration."""

    resources: list[ConfigResource] = []
    outputs: dict[str, Output] = {}
    variables: dict[str, Variable] = {}
    module_calls: dict[str, "ModuleCall"] = {}


class ModuleCall(msgspec.Struct):
    """One module block: what the parent gives to the child."""

    expressions: dict[str, Argument | Block] = {}
    for_each_expression: Expression | None = None
    module: ConfigModule = msgspec.field(default_factory=ConfigModule)


class ProviderConfig(msgspec.Struct):
    """One provider block; for AWS its Region is of interest."""

    name: str = ""
    module_address: str = ""
    expressions: dict[str, Argument | Block] = {}


class Configuration(msgspec.Struct):
    """The configuration that a plan carries."""

    provider_config: dict[str, ProviderConfig] = {}
    root_module: ConfigModule = msgspec.field(default_factory=ConfigModule)


class ShownResource(msgspec.Struct, gc=False):
    """One resource instance; `index` is its count or for_each key. Fields in the file's order decode fastest.

    A state also lists what was replaced and not deleted yet, under the same address with a `deposed_key`.
    """

    address: str
    mode: str = "managed"
    type: str = ""
    name: str = ""
    index: int | str | None = None
    values: msgspec.Raw = EMPTY_OBJECT
    sensitive_values: msgspec.Raw = EMPTY_OBJECT
    deposed_key: str = ""


class ShownModule(msgspec.Struct):
    """The resource instances of one module instance."""

    address: str = ""
    resources: list[ShownResource] = []
    child_modules: list["ShownModule"] = []


class Values(msgspec.Struct):
    """A tree of module instances."""

    root_module: ShownModule = msgspec.field(default_factory=ShownModule)


class RootVariable(msgspec.Struct):
    """The value given to a variable of the root module."""

    value: msgspec.Raw = msgspec.Raw(b"null")


class Document(msgspec.Struct):
    """The parts of the file that matter. A plan has `planned_values`, a state has `values`."""

    format_version: str = ""
    variables: dict[str, RootVariable] = {}
    planned_values: Values | None = None
    values: Values | None = None
    prior_state: msgspec.Raw = EMPTY_OBJECT
    configuration: Configuration = msgspec.field(default_factory=Configuration)
    complete: bool = True
    errored: bool = False

    @property
    def tree(self) -> ShownModule:
        """The resources as they will be (plan) or are (state)."""
        values = self.planned_values or self.values
        return values.root_module if values else ShownModule()


class _Wrapped(msgspec.Struct):
    values: Values = msgspec.field(default_factory=Values)


_DOCUMENT = msgspec.json.Decoder(Document)
_EXPRESSIONS = msgspec.json.Decoder(dict[str, Expression | Block])
_PRIOR_STATE = msgspec.json.Decoder(_Wrapped)


def expressions_of(resource: ConfigResource) -> dict[str, Expression | Block]:
    """The expressions of a resource block, decoded once however many instances share it."""
    if resource.decoded is None:
        try:
            resource.decoded = _EXPRESSIONS.decode(resource.expressions)
        except msgspec.ValidationError as error:
            place = f"configuration of {resource.type}.{resource.name}"
            raise msgspec.ValidationError(f"{place}: expressions: {error}") from error
    return resource.decoded


def references_of(resource: ConfigResource, attribute: str, inner: str) -> list[str]:
    """The references of an attribute, or of the argument `inner` in every block of that name.

    Some blocks are attributes to Terraform, which then lists the references of all of them together.
    """
    expression = expressions_of(resource).get(attribute)
    if isinstance(expression, Expression):
        return expression.references
    arguments = (_EXPRESSIONS.decode(block).get(inner) for block in expression or ())
    return [text for each in arguments if isinstance(each, Expression) for text in each.references]


def prior_values(document: Document) -> ShownModule:
    """What existed before the plan, which is where a plan shows the data sources that it has read."""
    return _PRIOR_STATE.decode(document.prior_state).values.root_module


def read_document(path: Path) -> Document:
    """Decode one file; raises InputError naming the file, the place and, where there is one, the command to run."""
    raw = _read_bytes(path)
    try:
        with nesting_bounded(path):
            document = _decoded(raw)
    except msgspec.ValidationError as error:
        raise InputError(f"{path}: not `terraform show -json` output: {error}{_advice(raw)}") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: {_broken_json(raw, error)}{cure(raw)}") from error
    except SeveralDocumentsError as error:
        raise InputError(f"{path}: {error}") from error
    _accept(path, document, raw)
    return document


def _decoded(raw: bytes) -> Document:
    """The document, also where something else was printed around it."""
    try:
        return _DOCUMENT.decode(raw)
    except msgspec.DecodeError as error:
        is_one_object = isinstance(error, msgspec.ValidationError) and raw.lstrip().startswith(b"{")
        inner = None if is_one_object else document_in(raw)
        if inner is None:
            raise
        return _DOCUMENT.decode(inner)


def _read_bytes(path: Path) -> bytes:
    raw = read_bytes(path, what=WHAT, max_bytes=MAX_BYTES)
    if not raw or raw.isspace():
        raise InputError(f"{path}: the file is empty; write it with: {SHOW_PLAN}")
    if raw.startswith(ZIP_MAGIC):
        raise InputError(
            f"{path}: this is Terraform's own plan file; show it as JSON: terraform show -json {path.name}"
        )
    return as_utf8(path, raw, what=WHAT)


def _broken_json(raw: bytes, error: Exception) -> str:
    if raw.lstrip()[:1] != b"{" or b'"@level"' in raw[:LOG_HEAD_BYTES]:
        return f"not what `terraform show -json` prints ({error}); write it with: {SHOW_PLAN}"
    return f"malformed or truncated JSON after {len(raw):,} bytes: {error}"


class _Marks(msgspec.Struct):
    version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    serial: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    lineage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def _advice(raw: bytes) -> str:
    try:
        marks = msgspec.json.decode(raw, type=_Marks)
    except msgspec.MsgspecError:
        return ""
    if msgspec.UNSET in (marks.version, marks.lineage):
        return f"; write it with: {SHOW_PLAN}"
    return f"; this is a raw state file (.tfstate), write it with: {SHOW_STATE}"


def _accept(path: Path, document: Document, raw: bytes) -> None:
    version = document.format_version
    if not version:
        raise InputError(
            f"{path}: $.format_version is missing: not `terraform show -json` output{_advice(raw)}"
        )
    if version.partition(".")[0] != "1":
        raise InputError(f"{path}: $.format_version is {version!r}; this suite reads format 1.x")
    if document.errored:
        raise InputError(f"{path}: $.errored is true: Terraform could not finish this plan; plan again")
    if not document.complete:
        raise InputError(
            f"{path}: $.complete is false: a part of the plan was left out; plan without -target"
        )
    if document.planned_values is None and document.values is None:
        raise InputError(
            f"{path}: neither $.planned_values nor $.values: the plan or state shows no resources"
        )
