"""What must hold for the whole project: who imports whom, and that lists agree."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from importlib import import_module
from inspect import cleandoc
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

import slotkit
from slotkit.corpus.formats import FORMATS
from slotkit.encoders.table import ENCODERS
from slotkit.network.build import make_network
from slotkit.taggers.table import ARCHITECTURES, get_architecture
from slotkit.text.edges import EDGE_RULES
from slotkit.training.optimizers import OPTIMIZERS, SCHEDULES
from slotkit.training.recipe import OLD_NAMES, Recipe

ROOT = Path(__file__).resolve().parent.parent

# The floors of the house, from the ground up. A room is a module or a package right under slotkit;
# it imports rooms of floors below it, and of its own floor where no circle comes of it.
FLOORS = (
    "errors extras version files",
    "encoders loops text values",
    "taggers",
    "corpus decoding",
    "model",
    "network tagging",
    "evaluation",
    "training",
    "experiments exporting frames inside labelling",
    "serve",
    "cli",
    "__main__",
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}
# Library -> the rooms that may import it; all others are free of it.
LIBRARIES = {
    "click": {"cli"},
    "rich": {"cli"},
    "seqeval": {"evaluation", "cli"},
    "pyarrow": {"corpus", "training"},
    "spacy": {"corpus", "training"},
    "tokenizers": {"training"},
    "yaml": {"corpus"},
    "datasets": {"corpus", "training", "evaluation", "cli"},
    "torch": {"taggers", "network", "training", "cli"},
    "matplotlib": {"evaluation"},
    "safetensors": {"model", "training"},
    "lunar_python": {"values"},
}
# Inside a room where torch is: the files that have it, and all others are free of it.
TORCH_FILES = {"taggers": {"network", "torch_layers"}}
# What a compiled module is made of, and what it is.
EXTENSION = {".c", ".h", ".so", ".pyd"}
# Files of the command that are no verbs.
NO_VERBS = {
    *("__init__", "asking", "bulk", "desk", "lay_out", "main", "number", "options", "paint"),
    *("progress", "screen"),
}


# Reading the code


def modules() -> dict[str, Path]:
    """Return every module of the package by its name."""
    found = {}
    for path in sorted(ROOT.glob("slotkit/**/*.py")):
        found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = path
    for folder in ("cli", "corpora"):
        for path in sorted(ROOT.glob(f"{folder}/**/*.py")):
            found["slotkit." + ".".join(path.relative_to(ROOT).with_suffix("").parts)] = path
    return {name.removesuffix(".__init__"): path for name, path in found.items()}


MODULES = modules()


def statements(body: list[ast.stmt], *, inner: bool) -> Iterator[ast.stmt]:
    """Yield statements, those for type checkers among them; `inner`, of functions too."""
    for statement in body:
        yield statement
        if inner or not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for field in ("body", "orelse", "finalbody"):
                yield from statements(getattr(statement, field, []), inner=inner)
            for handler in getattr(statement, "handlers", []):
                yield from statements(handler.body, inner=inner)


def imports(name: str, *, inner: bool) -> set[str]:
    """Return what a module imports: modules of slotkit in full, others by their first name."""
    path = MODULES[name]
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found: set[str] = set()
    for statement in statements(ast.parse(path.read_text(encoding="utf-8")).body, inner=inner):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            origin = statement.module or ""
            if statement.level:
                above = package.split(".")[: len(package.split(".")) - statement.level + 1]
                origin = ".".join([*above, *filter(None, [origin])])
            for alias in statement.names:
                inside = f"{origin}.{alias.name}"
                found.add(inside if inside in MODULES else origin)
    return {one if one.startswith("slotkit") else one.partition(".")[0] for one in found}


def room(module: str) -> str:
    """Return the room of a module of slotkit; of the package itself its name."""
    return module.split(".")[1] if "." in module else module


# Who imports whom


def test_rooms_import_downwards() -> None:
    """By floor, what is imported inside a function or for type checkers alone included."""
    doors = {"slotkit", "corpora"}  # the public door imports when asked; the corpora hold data
    unplaced = {room(name) for name in MODULES} - doors - set(FLOOR)
    assert not unplaced, "give each its floor in FLOORS"

    wrong = []
    ties: dict[str, set[str]] = {}
    for name in MODULES:
        here = room(name)
        if here in doors:
            continue
        for other in imports(name, inner=True):
            there = room(other)
            if not other.startswith("slotkit") or there in (here, *doors):
                continue
            ties.setdefault(here, set()).add(there)
            if FLOOR[there] > FLOOR[here]:
                wrong.append(f"{name} imports {other}, which is on a floor above it")
    assert not wrong
    assert list(TopologicalSorter(ties).static_order())  # no circle of rooms


def test_the_public_door_and_the_corpora_import_nothing_of_the_library() -> None:
    at_once = {"__future__", "importlib", "pathlib", "typing", "slotkit.version"}
    door = ast.parse(MODULES["slotkit"].read_text(encoding="utf-8"))
    running = [one for one in door.body if not isinstance(one, ast.If)]
    names = {one.module for one in running if isinstance(one, ast.ImportFrom)}
    assert names <= at_once
    for name in MODULES:
        if room(name) == "corpora":
            assert imports(name, inner=True) == set()


def test_no_modules_import_each_other() -> None:
    """Not within a room either, nor for type checkers, nor inside functions."""
    graph = {
        name: {one for one in imports(name, inner=True) if one in MODULES and one != name}
        for name in MODULES
    }
    graph["slotkit"] = set()
    assert list(TopologicalSorter(graph).static_order())


def test_libraries_stay_where_they_belong() -> None:
    wrong = []
    for name in MODULES:
        for library in imports(name, inner=True) & set(LIBRARIES):
            if room(name) not in LIBRARIES[library]:
                wrong.append(f"{name} imports {library}")
            files = TORCH_FILES.get(room(name)) if library == "torch" else None
            if files is not None and name.rpartition(".")[2] not in files:
                wrong.append(f"{name} imports {library}")
    assert not wrong
    for rooms in LIBRARIES.values():
        assert rooms <= set(FLOOR)


def test_the_command_imports_heavy_libraries_late() -> None:
    """Only `progress`, which training alone imports, has them at its top."""
    heavy = {"torch", "datasets", "seqeval", "rich", "pyarrow", "matplotlib"}
    for name in MODULES:
        if room(name) == "cli" and name != "slotkit.cli.progress":
            assert not imports(name, inner=False) & heavy, name


def test_help_loads_no_heavy_library(main: click.Group) -> None:
    pages = [["--help"], *([verb, "--help"] for verb in verbs(main))]
    code = f"""
import sys
from importlib.metadata import entry_points
(installed,) = entry_points(group="console_scripts", name="slotkit")
main = installed.load()
for words in {pages}:
    main(words, standalone_mode=False)
    heavy = {set(LIBRARIES) - {"click"}} & set(sys.modules)
    print(words, heavy, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = done.stderr.splitlines()
    assert len(loaded) == len(pages)
    assert [line for line in loaded if not line.endswith(" set()")] == []


def test_nothing_is_unpickled() -> None:
    """Neither models nor checkpoints can hold code."""
    unsafe = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
    wrong = []
    for name, path in MODULES.items():
        wrong += [f"{name} imports {one}" for one in imports(name, inner=True) & unsafe]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "weights_only"):
                wrong.append(f"{name} names {node.arg}")
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("load", "save", "savez", "loadtxt")
                and ast.unparse(node.value) in ("torch", "np", "numpy", "torch.jit")
            ):
                wrong.append(f"{name} calls {ast.unparse(node)}")
            if isinstance(node, ast.Name) and node.id in ("eval", "exec"):
                wrong.append(f"{name} calls {node.id}")
    assert not wrong


# The tables


def test_every_architecture_is_a_folder_with_its_twins() -> None:
    folders = {path.parent.name for path in (ROOT / "slotkit" / "taggers").glob("*/network.py")}

    assert folders == set(ARCHITECTURES)
    for name in ARCHITECTURES:
        for file, offers in TWINS:
            module = import_module(f"slotkit.taggers.{name}.{file}")
            for what in offers:
                assert hasattr(module, what), f"{module.__name__} has no {what}"
        page = (ROOT / "slotkit/taggers" / name / "trace.js").read_text(encoding="utf-8")
        assert re.search(r"^export (const|function) trace\b", page, flags=re.MULTILINE)


TWINS = (
    ("network", ["Network"]),
    ("runtime", ["shapes", "project", "bind"]),
    ("trace", ["trace"]),
)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_table_names_the_choices_that_a_network_takes(name: str) -> None:
    sizes: dict[str, Any] = {"input_size": 4, "hidden_size": 4, "num_tags": 3}
    for option in get_architecture(name).options:
        for value in option.choices or option.examples:
            make_network(name, **sizes | {option.name: value})
        if isinstance(option.default, str):
            said = ", ".join(option.choices) or f"{option.name} must be "
            with pytest.raises(ValueError, match=said):
                make_network(name, **sizes | {option.name: "none of them"})


def test_the_public_names_are_those_that_are_imported() -> None:
    tree = ast.parse((ROOT / "slotkit" / "__init__.py").read_text(encoding="utf-8"))
    named: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.If):
            for one in statement.body:
                assert isinstance(one, ast.ImportFrom)
                if (one.module or "").startswith("slotkit"):
                    named += [alias.name for alias in one.names]
        elif isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_"):
            named.append(statement.name)

    assert sorted(named) == slotkit.__all__
    for name in slotkit.__all__:
        assert getattr(slotkit, name).__name__ == name
        assert name in dir(slotkit)
    with pytest.raises(AttributeError, match="has no attribute 'train_everything'"):
        getattr(slotkit, "train_" + "everything")


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_is_there(name: str) -> None:
    if room(name) in ("cli", "corpora"):
        return
    module = import_module(name)
    for offered in getattr(module, "__all__", []):
        assert hasattr(module, offered)
    assert module.__doc__


# The command


def verbs(main: click.Command) -> dict[str, click.Command]:
    """Return the verbs and their commands."""
    assert isinstance(main, click.Group)
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def test_every_verb_is_a_file_and_every_file_a_verb(main: click.Command) -> None:
    files = {path.stem for path in (ROOT / "cli").glob("*.py")}

    assert set(verbs(main)) == files - NO_VERBS
    assert import_module("slotkit.cli.main").VERBS.keys() == set(verbs(main))


def test_every_verb_has_help_and_an_example(main: click.Command) -> None:
    summary = click.Context(main, **main.context_settings).get_help()
    for name, command in verbs(main).items():
        line = import_module("slotkit.cli.main").VERBS[name]
        assert re.search(rf"^  {name} +{re.escape(line[:40])}", summary, flags=re.MULTILINE)
        assert command.name == name
        text = cleandoc(command.help or "")
        assert re.match(r"[A-Z][^\n]+[.:]\n", text), f"{name}: begin with an imperative line"
        assert "\b\nExample:\n" in text, f"{name}: the help needs an example"
        example = text.partition("Example:\n")[2].splitlines()
        assert any(re.search(rf"\$ (.*\| )?slotkit {name}\b", line) for line in example), name
        assert len([line for line in example if line.strip()]) >= 2, f"{name}: show its output"


def test_every_option_has_help(main: click.Command) -> None:
    missing = [
        f"{name} {param.opts[0]}"
        for name, command in verbs(main).items()
        for param in command.params
        if isinstance(param, click.Option) and not param.help
    ]
    assert not missing


def options(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command by the names of their values."""
    return {str(p.name): p for p in command.params if isinstance(p, click.Option)}


def test_train_offers_what_the_library_has(main: click.Command) -> None:
    """The command writes choices out, so that its help need not load torch."""
    train = options(verbs(main)["train"])
    named: dict[str, set[str]] = {
        "tagger": set(ARCHITECTURES),
        "optimizer": set(OPTIMIZERS),
        "schedule": set(SCHEDULES),
        "edges": {"corpus", *EDGE_RULES},
        "format_": set(FORMATS),
    }
    for option in chain.from_iterable(get_architecture(one).options for one in ARCHITECTURES):
        if option.choices:
            named[option.name] = named.get(option.name, set()) | set(option.choices)
    for name, expected in named.items():
        kind = train[name].type
        assert isinstance(kind, click.Choice), name
        assert set(kind.choices) == expected, name


def test_train_has_an_option_for_everything_in_a_recipe(main: click.Command) -> None:
    train = options(verbs(main)["train"])
    fields: Mapping[str, Any] = Recipe.__dataclass_fields__
    entries = [get_architecture(name) for name in ARCHITECTURES]
    own = set(chain.from_iterable(entry.defaults for entry in entries)) | set(OLD_NAMES)
    beside = {"output", "overwrite", "preset", "quiet", "resume", "seeds", "tensorboard", "curve"}
    beside |= {"snapshots"}
    beside |= {"format_", "columns", "scheme", "strict", "skip_bad", "corpus_now"}

    assert set(train) == (set(fields) - {"arguments"}) | own | beside
    for name, option in train.items():
        if name not in beside:  # the same spelling as in Python
            assert option.opts[0] == "--" + name.replace("_", "-")
    for entry in entries:
        assert set(entry.training) <= set(fields)


# The package


def setup() -> configparser.ConfigParser:
    """Return setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def requirements() -> dict[str, set[str]]:
    """Return the names that the base install and each extra require."""
    config = setup()
    lists = {"": config["options"]["install_requires"], **config["options.extras_require"]}
    return {
        extra: {re.split(r"[<>=!~\[ ;]", line)[0] for line in lines.split("\n") if line}
        for extra, lines in lists.items()
    }


def test_every_direct_dependency_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9.]*(post[0-9]+)?", pin) for pin in pins)

    assert {pin.partition("==")[0] for pin in pins} == set().union(*requirements().values()) - {
        "slotkit"
    }
    assert pins == sorted(pins)


def test_every_import_is_a_dependency() -> None:
    """Of the base install for tagging, whatever an extra brings for the rest."""
    required = requirements()
    base = {*sys.stdlib_module_names, *required[""]}
    tagging = {"text", "encoders", "loops", "decoding", "model", "tagging"}
    for name in MODULES:
        others = {one for one in imports(name, inner=True) if not one.startswith("slotkit")}
        packages = {
            {"yaml": "pyyaml", "lunar_python": "lunar-python"}.get(one, one) for one in others
        }
        allowed = (
            set()
            if room(name) in tagging
            else required["train"] | required["spacy"] | required["vectors"] | required["holidays"]
        )
        assert packages <= base | allowed, name


def test_every_folder_of_code_is_a_package() -> None:
    """So that `setup.py` finds it: a folder that is none is missing from the wheel, silently."""
    for folder in {path.parent for path in MODULES.values()}:
        assert (folder / "__init__.py").is_file(), f"{folder} is no package"


def test_every_file_beside_the_code_is_in_the_wheel() -> None:
    data = setup()["options.package_data"]
    for name, path in MODULES.items():
        if path.stem != "__init__":
            continue
        listed = f"{data['*']},{data.get(name, '')}".split(",")
        patterns = [one.strip() for one in listed if one.strip()]
        for file in path.parent.iterdir():
            if file.is_file() and file.suffix not in (".py", ".pyc", *EXTENSION):
                assert any(fnmatch(file.name, pattern) for pattern in patterns), file


def tracked() -> list[Path]:
    """Return the files under version control."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def test_no_file_names_a_machine() -> None:
    """Neither a path of somebody's machine nor a host that only they can reach."""
    folders = "home|root|Users|work|mnt|srv|opt|scratch"
    machine = re.compile(rf"(?<![\w.~*])/(?:{folders})/\w|[A-Z]:\\|\b(?:\d{{1,3}}\.){{3}}\d+\b")
    private = re.compile(r"https?://(?![\w-]+(?:\.[\w-]+)*\.(?:org|com|net|io|dev)\b)[\w.:-]+")
    wrong = []
    for path in tracked():
        if path == Path(__file__).resolve() or path.name in ("postgres.py", "test_bot_page.py"):
            continue  # which start servers on this machine alone
        content = path.read_bytes()
        assert b"\0" not in content or path.suffix in (".png", ".safetensors"), path
        text = content.decode(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if machine.search(line) or private.search(line) or "localhost" in line:
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not wrong


def test_the_readme_is_filled_in_and_names_what_there_is() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "@@" not in text
    for name in ARCHITECTURES:
        entry = get_architecture(name)
        row = f"| `{name}` | {entry.summary} | {entry.recurrence} | {entry.source} |"
        assert row in text, f"the table of taggers wants: {row}"
    for name in ENCODERS:
        assert f"| `{name}` |" in text
    assert len(text.splitlines()) <= 120


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"`[^`]*`", "", text)
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose):
        assert (page.parent / link).exists(), link
    for path in re.findall(r"`((?:benchmarks|slotkit|tests|cli|corpora)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path


def test_a_long_file_says_why() -> None:
    """One idea a file: where that takes more than 300 lines, its docstring says why."""
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 300:
            assert "one file" in (ast.get_docstring(ast.parse(text)) or ""), name


def test_the_version_tells_which_loops_run(slotkit_command: Callable[..., Result]) -> None:
    said = slotkit_command("--version")

    assert said.exit_code == 0
    version, loops = said.output.splitlines()
    assert version == f"slotkit, version {slotkit.__version__}"
    assert slotkit.loops_in_use() in loops
