"""Fuzzing of everything that reads what others write: `python -m bench.fuzz --minutes 10`.

Each target takes any bytes and may only answer, or raise an error of ours (`VigieError`). Anything else that
comes out, a broken promise about the answer, or an input that takes too long is a finding and is saved.
"""
