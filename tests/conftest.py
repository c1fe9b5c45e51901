"""How much property tests try: `quick` by default, the same in every run; `--hypothesis-profile=slow` for twenty times as much."""

import os

from hypothesis import settings

# compiling is most of what the tests of JAX take, and the code that comes out runs for milliseconds
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

settings.register_profile("quick", deadline=None, derandomize=True, max_examples=25)
settings.register_profile("slow", deadline=None, derandomize=False, max_examples=500)
settings.load_profile("quick")
