"""Charges into documents: invoices, credit notes, statements."""
