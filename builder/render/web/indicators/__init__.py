"""Pages of numbers: an indicator's page, dashboards, regions, comparisons, calendar, revisions, warnings."""
