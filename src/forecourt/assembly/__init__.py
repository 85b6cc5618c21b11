"""Where the parts are chosen and wired together: settings, clocks, secrets, roles, the demo network, the replay. One entry point per
command."""
