import pytest
from chapters import CHAPTERS


def pytest_generate_tests(metafunc):
    """参数名叫 chapter 的测试，每章跑一次；测试类写了 part（如 likelihood）的，只跑那一部分。"""
    if "chapter" in metafunc.fixturenames:
        part = getattr(metafunc.cls, "part", "")
        chapters = [c for c in CHAPTERS if c.name.startswith(part)]
        metafunc.parametrize("chapter", chapters, ids=[c.name for c in chapters], scope="module")


@pytest.fixture(scope="session")
def every_chapter():
    return CHAPTERS
