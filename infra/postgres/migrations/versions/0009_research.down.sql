DROP TABLE research_progress, research_artifacts;
DROP TABLE research_listing, research_fx, research_index, research_flow, research_daily;
