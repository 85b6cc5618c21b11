"""Two people change the same rules: the second is warned, keeps the input, and may save it after all."""

import re

import pytest

FORMS = [
    ("/console/queue?site=market", "/console/sites/market/booking-rules", "held_back", "walk_in_min"),
    ("/console/dunning", "/console/dunning/rules", "due", "blocks"),
    ("/console/wallets", "/console/wallets/rules", "least_load", "most_load"),
    ("/console/revenue/market", "/console/revenue/market/rules", "floor", "cap"),
    ("/console/sites/market/power", "/console/sites/market/energy-costs", "earns", "demand"),
    ("/console/sites/market/power", "/console/sites/market/sharing", "turn_min", "pauses"),
    ("/console/sites/market/plant", "/console/sites/market/plant", "wear", "reserve"),
    ("/console/messages", "/console/messages/retention", "days", "months"),
]
FIRST = {  # nothing is kept yet, or a choice is more than one field
    "floor": {"floor": "0.25", "cap": "0.60"},
    "earns": {"working_day": "0:00 0.1", "earns": "0.4"},
    "turn_min": {"fairness": "1"},
    "wear": {"capacity": "20", "charge": "5", "discharge": "5"},
}
TYPED = {
    "held_back": "2",
    "walk_in_min": "25",
    "due": "21",
    "blocks": "2",
    "least_load": "12.00",
    "most_load": "240.00",
    "floor": "0.20",
    "cap": "0.70",
    "earns": "0.5",
    "demand": "3",
    "turn_min": "20",
    "pauses": "4",
    "wear": "0.02",
    "reserve": "2",
    "days": "90",
    "months": "60",
}


def fields_of(page, action):
    form = re.search(rf'action="{action}">.*?</form>', page, re.DOTALL)[0]
    typed = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    typed |= dict(re.findall(r'<select[^>]*name="(\w+)"(?:(?!</select>).)*?value="([^"]*)" selected', form, re.DOTALL))
    return {name: value for name, value in typed.items() if value and name != "_csrf"}


@pytest.mark.parametrize(("page", "action", "mine", "theirs"), FORMS)
def test_saving_rules_that_a_colleague_changed_meanwhile_is_refused_once_and_entries_stay(scene, client, page, action, mine, theirs):
    seen = fields_of(client.sign_in("ops").get(page).text, action) | FIRST.get(mine, {})
    assert client.submit(action, **seen | {theirs: TYPED[theirs]}).status_code == 303
    refused = client.submit(action, **seen | {mine: TYPED[mine]})
    assert refused.status_code in (409, 422) and "Someone else has changed this since you opened the page." in refused.text
    again = fields_of(refused.text, action)
    assert again[mine] == TYPED[mine] and fields_of(client.get(page).text, action)[theirs] == TYPED[theirs], "nothing typed is lost or kept"
    assert client.submit(action, **again).status_code == 303


def test_saving_the_dispute_rule_after_a_colleagues_change_is_refused_once(client):
    at = "/console/disputes"
    seen = fields_of(client.sign_in("ops").get(at).text, f"{at}/rule")
    assert client.submit(f"{at}/rule", **seen | {"rule": "LOST"}).status_code == 303
    refused = client.submit(f"{at}/rule", **seen | {"rule": "OPENED"})
    assert refused.status_code == 409 and "Someone else has changed this since you opened the page." in refused.text
    assert fields_of(refused.text, f"{at}/rule")["rule"] == "OPENED" and fields_of(client.get(at).text, f"{at}/rule")["rule"] == "LOST"
