"""The shape of the code: who may import whom, and that importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "formcheck"
SOURCES = sorted(PACKAGE.rglob("*.py"))
OURS = [ROOT / "run.py", *SOURCES]

#: Modules any room may use: they import nothing of ours but each other.
COMMON = {"capacity", "errors", "progress", "outputs", "resources", "loading", "samples"}

#: What each room may import besides itself and what is common. A file right under `formcheck/` that is not listed is at the
#: top, beside the command line, and may import everything but that.
ROOMS = {
    "motion": set(),
    "exercise": {"motion"},
    "capture": {"motion"},
    "tracking": {"motion", "capture"},
    "report": {"motion", "exercise"},
    "history": {"motion", "exercise"},
    "profiles": {"motion", "exercise", "history"},
    "coach": {"motion", "exercise"},
    "live": {"motion", "exercise", "capture", "report", "profiles", "history", "coach", "drawing"},
    "web": {
        "motion",
        "exercise",
        "capture",
        "report",
        "history",
        "profiles",
        "coach",
        "live",
        "pipeline",
        "sources",
        "comparison",
        "keeping",
        "weeks",
    },
    "batch": {"motion", "exercise", "capture", "report", "profiles", "pipeline", "poses", "exports", "keeping"},
    "launcher": set(),
}

#: Packages that only these rooms may import.
ONLY_IN = {
    "mediapipe": {"capture", "benchmark"},
    "av": {"capture", "report", "live", "doctor", "benchmark"},
    "cv2": {"capture", "report", "validation", "live", "cli", "batch", "benchmark"},
    "matplotlib": {"validation", "report"},
    "pyarrow": {"report", "batch"},
    "plotly": {"report"},
    "jinja2": {"report", "web"},
    "platformdirs": {"profiles", "history"},
    "sqlite3": {"history", "batch"},
    "typer": {"cli"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "rich": {"cli"},
    "distributed": {"batch"},
    "fsspec": {"batch"},
}


def module_of(path: Path) -> str:
    """`formcheck/motion/angles.py` is formcheck.motion.angles."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The part after `formcheck`: a folder, or a file right under it."""
    return ([*module.split("."), ""])[1]


def imports_of(tree: ast.AST, module: str, is_package: bool = False) -> Iterator[str]:
    """Every module that a source imports, wherever in the file, relative ones spelled out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: None if is_package and node.level == 1 else -(node.level - is_package)]
                base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def arrows() -> Iterator[tuple[str, str]]:
    """(importing module, imported module) over the whole package."""
    for path in SOURCES:
        module = module_of(path)
        for imported in imports_of(ast.parse(path.read_text(encoding="utf-8")), module, path.name == "__init__.py"):
            yield module, imported


def allowed(room: str, target: str) -> bool:
    """Whether a file of this room may import from the room `target` ("" is the package itself)."""
    if target in {"", "__version__", room} or target in COMMON:
        return room not in COMMON or target in COMMON or target in {"", "__version__"}
    if room in ROOMS:
        return target in ROOMS[room]
    if room == "cli":
        return True
    return room not in COMMON and target != "cli" and room != ""


def test_the_rooms_import_in_one_direction():
    wrong = {
        f"{module} imports {imported}"
        for module, imported in arrows()
        if imported.split(".")[0] == "formcheck" and not allowed(room_of(module), room_of(imported))
    }
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize(
    ("room", "target", "may"),
    [
        ("motion", "exercise", False),
        ("motion", "motion", True),
        ("motion", "errors", True),
        ("exercise", "motion", True),
        ("exercise", "capture", False),
        ("exercise", "report", False),
        ("capture", "exercise", False),
        ("coach", "exercise", True),
        ("coach", "capture", False),
        ("coach", "live", False),
        ("exercise", "coach", False),
        ("history", "profiles", False),
        ("live", "coach", True),
        ("live", "cli", False),
        ("report", "capture", False),
        ("report", "cli", False),
        ("pipeline", "report", True),
        ("pipeline", "cli", False),
        ("batch", "pipeline", True),
        ("batch", "cli", False),
        ("errors", "motion", False),
        ("errors", "progress", True),
        ("cli", "pipeline", True),
        ("", "motion", False),
        ("launcher", "motion", False),
    ],
)
def test_the_rule_itself_tells_right_from_wrong(room, target, may):
    assert allowed(room, target) is may


def test_imports_are_found_in_every_form():
    source = "import a.b\nfrom ..motion import angles\nfrom . import reps\ndef f():\n    from formcheck.cli import app\n"
    found = set(imports_of(ast.parse(source), "formcheck.exercise.analyzer"))
    assert {"a.b", "formcheck.motion", "formcheck.motion.angles", "formcheck.exercise.reps", "formcheck.cli.app"} <= found
    assert "formcheck.exercise.reps" in set(imports_of(ast.parse("from . import reps"), "formcheck.exercise", is_package=True))


def test_heavy_packages_stay_at_the_edge():
    wrong = {
        f"{module} imports {imported}"
        for module, imported in arrows()
        if imported.split(".")[0] in ONLY_IN and room_of(module) not in ONLY_IN[imported.split(".")[0]]
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_cameras_are_opened_in_capture_alone():
    opened = {module_of(path) for path in SOURCES if "VideoCapture" in path.read_text(encoding="utf-8")}
    # The usual loop, which formcheck is held against, reads films so.
    opened.discard("formcheck.benchmark.naive")
    assert all(room_of(module) == "capture" for module in opened), opened


def test_the_launcher_needs_the_standard_library_alone():
    for path in [ROOT / "run.py", *sorted((PACKAGE / "launcher").glob("*.py"))]:
        for imported in imports_of(ast.parse(path.read_text(encoding="utf-8")), module_of(path)):
            first = imported.split(".")[0]
            assert first in sys.stdlib_module_names or imported.startswith(("formcheck.launcher", "formcheck.cli")), f"{path}: {imported}"


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, formcheck; print(sorted({'numpy', 'scipy', 'cv2', 'mediapipe', 'av', 'plotly', 'typer'} & set(sys.modules)))"
    assert run_python(code).strip() == "[]"


#: What neither the command line nor its help has to wait for.
HEAVY = {"numpy", "scipy", "cv2", "mediapipe", "av", "plotly", "matplotlib", "pydantic", "rich", "jinja2", "starlette", "asyncio"}


def test_the_command_line_answers_without_loading_what_measures():
    code = f"import sys, formcheck.cli; print(sorted({HEAVY!r} & set(sys.modules)))"
    assert run_python(code).strip() == "[]"


@pytest.mark.parametrize("words", [["--help"], ["analyse", "--help"], ["benchmark", "--help"], []])
def test_help_loads_nothing_heavy_from_the_first_file_on(words):
    # What looks at the environment, too: reading what every package says of itself takes longer than the help. The words of a single
    # command are checked by typer with pydantic.
    unwanted = HEAVY | {"importlib.metadata", "email", "ctypes"} if len(words) < 2 else HEAVY - {"pydantic"}
    code = (
        f"import runpy, sys; sys.argv = ['run.py', *{words!r}]\n"
        "try:\n    runpy.run_path('run.py', run_name='__main__')\nexcept SystemExit as end:\n    code = end.code\n"
        f"print(code or 0, sorted({unwanted!r} & set(sys.modules)))"
    )
    assert run_python(code).splitlines()[-1] == "0 []"


@pytest.mark.parametrize("room", ["motion", "exercise", "coach"])
def test_measuring_needs_neither_video_nor_model(room):
    modules = [module_of(path) for path in SOURCES if room_of(module_of(path)) == room]
    assert modules
    blocked = ["cv2", "mediapipe", "av", "plotly", "PIL", "jinja2", "typer", "rich"]
    block = f"import sys, importlib; sys.modules.update(dict.fromkeys({blocked!r}))"
    run_python(f"{block}; [importlib.import_module(name) for name in {modules!r}]")


def test_importing_anything_prints_and_writes_nothing(tmp_path):
    modules = [module_of(path) for path in SOURCES if path.name != "__main__.py"]
    code = f"import sys, importlib; sys.path.insert(0, {str(ROOT)!r}); [importlib.import_module(name) for name in {modules!r}]"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small_and_quiet(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "longer than 400 lines"
    may_print = path.name == "run.py" or room_of(module_of(path)) == "cli"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{node.name} is longer than 70 lines"
        elif isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print" or may_print, f"line {node.lineno}: print outside the command line"
