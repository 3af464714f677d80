"""“训练”一章答应的准确率：从执行记录里读印出来的数，不重新训练。"""

import math
import re

import pytest
from chapters import BOOK, Chapter

NUMBER = r"(\d+\.\d+)% ± (\d+\.\d+)%"


@pytest.fixture(scope="module")
def printed():
    """记录里印出来的文字。"""
    return Chapter(BOOK / "labels" / "training.md").output_text


def percentages(pattern, text):
    """``pattern`` 之后的“平均 ± 标准差”，恰好印了一次，换成小数。"""
    found = re.findall(rf"^{pattern}\s*{NUMBER}", text, flags=re.MULTILINE)
    assert len(found) == 1, f"“{pattern}”印了 {len(found)} 次"
    return tuple(float(number) / 100 for number in found[0])


@pytest.mark.parametrize(("model", "promised"), [("softmax 回归", 0.95), ("两层网络", 0.97)])
def test_promised_accuracy(printed, model, promised):
    mean, spread = percentages(f"{model}：测试", printed)
    assert mean >= promised
    assert spread < 0.02


def test_first_loss_is_ln_k(printed):
    start, logarithm = re.search(r"训练前：损失 ([\d.]+) nat，ln 10 = ([\d.]+)", printed).groups()
    assert start == logarithm == f"{math.log(10):.4f}"


def test_gradients_were_checked(printed):
    assert printed.count("最大误差 < 1e-6") == 4
    assert "最大误差 太大" not in printed


def test_strangers_are_harder_than_friends(printed):
    for model in ("softmax 回归", "两层网络"):
        friends, _ = percentages(f"{model}：测试", printed)
        strangers, _ = percentages(f"{model}：验证 {NUMBER}，生人".replace("(", "(?:"), printed)
        assert strangers < friends - 0.03


def test_multi_label_beats_never_and_the_wrong_loss(printed):
    right, _ = percentages("全对", printed)
    never = float(re.search(r"^全对.*全说没有 ([\d.]+)%", printed, re.M).group(1)) / 100
    wrong, _ = percentages("softmax，大于 1/2：全对", printed)
    kinder, _ = percentages("softmax，挑过阈值：全对", printed)
    assert never < wrong < kinder < right
    assert right - kinder > 0.1


def test_squared_error_loses_only_from_the_bad_start(printed):
    ends = {}
    for bias, loss, scores in re.findall(r"^偏置 +(\d+)，(\w+)：(.*)$", printed, re.M):
        ends[int(bias), loss] = max(float(p) for p in re.findall(r"→ ([\d.]+)%", scores))
    assert set(ends) == {(b, name) for b in (0, 10) for name in ("交叉熵", "均方误差")}
    assert abs(ends[0, "交叉熵"] - ends[0, "均方误差"]) < 2
    assert ends[10, "交叉熵"] - ends[10, "均方误差"] > 5
