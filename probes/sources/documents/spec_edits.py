"""A spec with one more Region, as text.

Insertions into the text of a YAML file: what a person wrote stays as it is, comments too.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path
from textwrap import dedent, indent

import yaml

from probes.model.errors import InputError
from probes.model.expansion.edits import AddedRegion, Insertion
from probes.model.expansion.edits import Path as Place
from probes.model.expansion.region import add_region
from probes.model.untrusted_text import one_line
from probes.sources.documents.spec import WHAT, load_spec
from probes.sources.documents.spec_text import block_lines, flow_style
from probes.sources.documents.yaml_tree import read_content, read_tree


def spec_with_region(path: Path, name: str, *, like: str = "", cidrs: Sequence[IPv4Network] = ()) -> str:
    """The text of a spec file with one more Region; at its end a comment for each thing that only a person can say.

    Raises InputError as `load_spec` and `add_region` do.
    """
    content = read_content(path, what=WHAT)
    spec = load_spec(path, content)
    added = add_region(spec, yaml.safe_load(content), name, like=like, cidrs=cidrs)
    text = edited(path, content, added, what=WHAT).rstrip("\n")
    notes = "".join(f"# {one_line(note)}\n" for note in added.notes)
    return f"{text}\n\n# Added {name}. What follows from it:\n{notes}"


def edited(path: Path, content: bytes, added: AddedRegion, *, what: str) -> str:
    """The file's content with the changes, insertions each at the end of its mapping or list.

    Raises InputError when the file has no such place.
    """
    root = read_tree(path, what=what, content=content)
    text = content.decode("utf-8-sig")
    changes: dict[tuple[int, int], list[str]] = {}
    # Where two places end together, the inner one goes first.
    for insertion in sorted(added.insertions, key=lambda each: -len(each.path)):
        position, written = _written(text, _collection(path, root, insertion.path), insertion)
        changes.setdefault((position, position), []).append(written)
    for replacement in added.replacements:
        node = _node(path, root, replacement.path)
        changes[node.start_mark.index, node.end_mark.index] = [f"{replacement.value:.10g}"]
    for section in added.obsolete:
        start, end = _lines_of(text, root, section)
        changes[start, end] = ["".join(f"# {line}" for line in text[start:end].splitlines(keepends=True))]
    for start, end in sorted(changes, reverse=True):
        text = text[:start] + "".join(changes[start, end]) + text[end:]
    return text


def _node(path: Path, root: yaml.Node, place: Place) -> yaml.Node:
    node = root
    for step in place:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
        else:
            raise InputError(f"{path}:{node.start_mark.line + 1}: expected a list or a mapping with {step}")
    return node


def _collection(path: Path, root: yaml.Node, place: Place) -> yaml.CollectionNode:
    node = _node(path, root, place)
    if not isinstance(node, yaml.CollectionNode):
        raise InputError(f"{path}:{node.start_mark.line + 1}: expected a list or a mapping to add to")
    return node


def _lines_of(text: str, root: yaml.Node, section: str) -> tuple[int, int]:
    """The whole lines of a section."""
    key, value = next((key, value) for key, value in root.value if key.value == section)
    end = text.find("\n", _end(value).index)
    return key.start_mark.index, len(text) if end < 0 else end


def _written(text: str, node: yaml.CollectionNode, insertion: Insertion) -> tuple[int, str]:
    """Where the insertion goes, and its text."""
    key, value = insertion.key, insertion.value
    if node.flow_style:
        item = f"{flow_style(key)}: {flow_style(value)}" if key else flow_style(value)
        return (_end(node).index, f", {item}") if node.value else (node.start_mark.index + 1, f"{item}, ")
    lines = "\n".join(block_lines(key, value, 1)) if key else f"- {flow_style(value)}"
    body = "\n" + indent(dedent(lines), " " * node.start_mark.column)
    end = text.find("\n", _end(node).index)
    return (len(text), body) if end < 0 else (end, body)


def _end(node: yaml.Node) -> yaml.Mark:
    """Where the last thing in a node ends: the end of a block itself is where the next one starts."""
    if isinstance(node, yaml.CollectionNode) and node.value:
        last = node.value[-1]
        child = last[1] if isinstance(last, tuple) else last
        if not (isinstance(child, yaml.CollectionNode) and child.flow_style):
            return _end(child)
        return child.end_mark
    return node.end_mark
