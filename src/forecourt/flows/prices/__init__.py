"""What is asked, of whom and why: tariffs kept and judged, entitlements, the price before a charge."""
