"""Signing in and up, passwords, the operator's team, messages, health, the design page."""

from typing import Any

from forecourt.web.people import (
    appearance,
    apps,
    console_search,
    design,
    details,
    devices,
    drivers,
    email,
    home_screen,
    login,
    login_code,
    messages,
    oauth,
    passwords,
    privacy,
    registration,
    restored_form,
    second_factor,
    sso_login,
    sso_logout,
    sso_setup,
    staff_starts,
    system,
    team,
    webhooks,
)

routes = [
    appearance.routes,
    login.routes,
    registration.routes,
    login_code.routes,
    sso_login.routes,
    sso_logout.routes,
    restored_form.routes,
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
    sso_setup.pages,
    apps.pages,
    drivers.pages,
    staff_starts.pages,
    console_search.find,
    messages.pages,
    webhooks.pages,
    design.design,
]
machine_routes = system.routes
