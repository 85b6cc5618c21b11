"""The number of heaps of a process can be limited."""

import platform

from forecourt.assembly.memory_tuning import limit_heaps


def test_the_number_of_heaps_is_limited_with_glibc_and_ignored_elsewhere() -> None:
    assert limit_heaps() is (platform.libc_ver()[0] == "glibc")
