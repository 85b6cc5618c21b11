"""Signing in and up, messages, health, the design page."""

from forecourt.web.people import design, devices, messages, passwords, signing, system

routes = [signing.routes, passwords.routes, messages.routes, devices.routes]
staff_pages = [*messages.pages, design.design]
for_machines = system.routes
