"""How much property tests try: `quick` by default, the same in every run; `--hypothesis-profile=slow` for ten times as much."""

from hypothesis import settings

settings.register_profile("quick", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("slow", deadline=None, derandomize=False, max_examples=1000)
settings.load_profile("quick")
