"""随书的手写数字，与 scikit-learn 带着的那一份一点不差。"""

from environment import recompute


def test_digits_are_those_of_scikit_learn(record_property):
    recompute("digits.py", record_property)
