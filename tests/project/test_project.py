"""项目自身：地址只有一个，版本一致，锁可信，Binder 配得起来，README 说的命令都在。"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pin_binder
import pytest
import yaml

import ce_book

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS = CONFIG["repository"]["url"]
SLUG = ADDRESS.removeprefix("https://github.com/")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def locked():
    """锁里的 {包名: 版本}。"""
    return dict(
        re.findall(r"^([\w.-]+)==([^\s;\\]+)", read("requirements.txt"), flags=re.MULTILINE)
    )


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "pyproject.toml"])
def test_one_repository_address(name):
    named = set(re.findall(r"github\.com/([\w.-]+/[\w-]+)|/gh/([\w.-]+/[\w-]+)", read(name)))
    assert {a or b for a, b in named} - {"github/ce-book"} == {SLUG}
    assert SLUG in read(name)


def test_versions_agree():
    version = PYPROJECT["project"]["version"]
    assert ce_book.__version__ == version
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version
    assert f"## {version}" in read("CHANGELOG.md")


def test_citation_has_what_the_format_requires():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"] and citation["authors"]


def test_readme_names_only_real_commands():
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md", "book/intro.md"):
        used = set(re.findall(r"\bmake ([a-z]+)", read(name)))
        assert used <= targets, f"{name} 提到了没有的命令：{used - targets}"


def test_help_lists_every_command():
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in re.findall(r"^([a-z]+):.*## ", read("Makefile"), flags=re.MULTILINE):
        assert f"make {target}" in shown


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_relative_links_resolve(name):
    for target in re.findall(r"\]\(((?!https?://|#)[^)]+)\)", read(name)):
        if "…" not in target and target != "entropy.md":
            assert (ROOT / target).exists(), f"{name} 链接到不存在的 {target}"


def test_lock_has_a_hash_for_every_package_and_no_addresses():
    blocks = re.split(r"^(?=[\w.-]+==)", read("requirements.txt"), flags=re.MULTILINE)[1:]
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "http" not in read("requirements.txt")


def test_lock_covers_every_requirement():
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + sum(project["optional-dependencies"].values(), [])
    names = {re.match(r"[\w.-]+", w).group().lower().replace("_", "-") for w in wanted}
    assert names <= set(locked())


def test_package_is_not_pinned():
    assert all("==" not in requirement for requirement in PYPROJECT["project"]["dependencies"])


def test_binder_runs_what_the_records_were_made_with():
    lock = locked()
    pins = dict(
        re.findall(r"^([\w.-]+)==(\S+)", read("binder/requirements.txt"), flags=re.MULTILINE)
    )
    assert set(pins) == {"numpy", "sympy", "matplotlib"}
    assert all(lock[name] == version for name, version in pins.items())


def test_binder_follows_a_new_lock():
    text = pin_binder.pinned("# 说明\nipykernel\nnumpy==1.0\n", "numpy==9.9 \\\n    --hash=x\n")
    assert text == "# 说明\nipykernel\nnumpy==9.9\n"


def test_repo2docker_accepts_the_binder_folder():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--no-run", "--debug", str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    plan = result.stdout + result.stderr
    assert result.returncode == 0, plan
    assert "binder/requirements.txt" in plan
    assert "postBuild" in plan
    assert "python=3.11" in plan


@pytest.mark.parametrize("name", ["test.yml", "newest.yml"])
def test_workflows_run_the_readme_commands(name):
    workflow = yaml.safe_load(read(f".github/workflows/{name}"))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert "make test" in steps
    assert all(job.get("timeout-minutes") or job.get("needs") for job in workflow["jobs"].values())


def test_numbers_do_not_load_sympy_or_matplotlib():
    code = "import sys, ce_book.information; print({'sympy', 'matplotlib'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_tracked_files_carry_nothing_of_a_machine():
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("不在 git 仓库里，没有被跟踪的文件可查；在克隆出来的仓库里运行。")
    names = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    traces = [b"/ho" + b"me/", b"/ro" + b"ot/", b"/tmp/" + b"ipykernel", b"../sha" + b"red"]
    for name in filter(None, names.split(b"\0")):
        path = ROOT / name.decode()
        if path.suffix in {".md", ".py", ".ipynb", ".yml", ".txt", ".toml", ".css", ".js", ".cff"}:
            content = path.read_bytes()
            assert not [t for t in traces if t in content], f"{path} 带着机器的痕迹"
