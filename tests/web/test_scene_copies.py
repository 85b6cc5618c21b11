"""A scene that was copied is as good as one lived through anew, and knows nothing of the others."""

from forecourt.drivers import SignIn
from forecourt.store.memory.journal import JournaledDict

from .conftest import NOW, Scene
from .scene_copies import become, is_still

BY_CHANCE = {"accounts", "sign_ins"}  # salt of a password, and today


def kept(scene: Scene) -> dict[str, list[object]]:
    world = vars(vars(scene.transactions)["_db"])
    return {name: list(value) for name, value in world.items() if isinstance(value, JournaledDict) and name not in BY_CHANCE}


def numbers(scene: Scene) -> list[object]:
    """What comes next, in the order it is given."""
    world = vars(scene.transactions)["_db"]
    counts = world.transaction_numbers, world.booking_numbers, world.inbox_numbers, world.outbox_numbers, scene._sent
    return [scene.ids.new(NOW), *(next(one) for one in counts)]


def test_a_copied_test_scene_equals_one_built_anew(lived):
    anew = Scene()
    vars(anew.transactions)["_db"].secret = vars(lived.transactions)["_db"].secret  # ids of charges come from it
    anew.build()
    anew.live_a_day()
    assert kept(lived) == kept(anew) and numbers(lived) == numbers(anew)
    assert (lived.ada, lived.running) == (anew.ada, anew.running)


def test_writes_to_a_copied_test_scene_do_not_affect_others(built, scene):
    other = Scene()
    become(other, built)
    with scene.transactions.begin() as store:
        store.drivers.put_sign_in(SignIn(b"one", store.drivers.account_by_email("ada@example.org").id, NOW, NOW))
    assert is_still(other, built) and not is_still(scene, built)
    assert numbers(scene) == numbers(other)


def test_a_test_scene_keeps_what_was_stored_before_its_day(scene, request):
    with scene.transactions.begin() as store:
        store.drivers.put_sign_in(SignIn(b"one", store.drivers.account_by_email("ada@example.org").id, NOW, NOW))
    with request.getfixturevalue("lived").transactions.begin() as store:
        assert store.drivers.sign_in(b"one") is not None and len(scene.running) > 0
