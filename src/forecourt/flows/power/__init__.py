"""A site as the planner sees it, its plan, what meters prove, the hours ahead, what energy costs."""
