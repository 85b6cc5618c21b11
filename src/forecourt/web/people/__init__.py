"""Signing in and up, passwords, the operator's team, messages, health, the design page."""

from typing import Any

from forecourt.web.people import (
    appearance,
    apps,
    code_step,
    company_door,
    company_setup,
    company_told,
    design,
    desk,
    details,
    devices,
    driver_starts,
    drivers,
    email,
    home_screen,
    messages,
    oauth,
    passwords,
    privacy,
    second_factor,
    signing,
    signing_up,
    system,
    team,
    typed_again,
)

routes = [
    appearance.routes,
    signing.routes,
    signing_up.routes,
    code_step.routes,
    company_door.routes,
    company_told.routes,
    typed_again.routes,
    details.routes,
    passwords.routes,
    email.routes,
    second_factor.routes,
    privacy.routes,
    messages.routes,
    devices.routes,
    home_screen.routes,
    apps.routes,
    oauth.routes,
]
staff_pages: list[Any] = [
    team.pages,
    company_setup.pages,
    apps.pages,
    drivers.pages,
    driver_starts.pages,
    desk.find,
    messages.pages,
    design.design,
]
for_machines = system.routes
