"""A process can be told to keep few heaps."""

import platform

from forecourt.assembly.memory_tuning import limit_heaps


def test_glibc_takes_the_number_of_heaps_and_another_library_is_left_alone() -> None:
    assert limit_heaps() is (platform.libc_ver()[0] == "glibc")
