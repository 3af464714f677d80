import pytest
from chapters import CHAPTERS


def pytest_generate_tests(metafunc):
    """参数名叫 chapter 的测试，每章跑一次。"""
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("chapter", CHAPTERS, ids=[c.name for c in CHAPTERS], scope="module")


@pytest.fixture(scope="session")
def every_chapter():
    return CHAPTERS
