-- The source plan's two fact tables with its indexes, word for word, in a schema of their own.
CREATE SCHEMA plan;
CREATE TABLE plan.roi_metrics (
    id SERIAL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    platform VARCHAR(50) NOT NULL,
    campaign_id INTEGER,
    post_id VARCHAR(255),
    content_type VARCHAR(50),
    content_category VARCHAR(100),
    views INTEGER DEFAULT 1,
    likes INTEGER DEFAULT 1,
    comments INTEGER DEFAULT 1,
    shares INTEGER DEFAULT 1,
    saves INTEGER DEFAULT 1,
    clicks INTEGER DEFAULT 1,
    ad_spend DECIMAL(10,2) DEFAULT 0.00,
    revenue_generated DECIMAL(10,2) DEFAULT 0.00,
    cost_per_click DECIMAL(8,2) DEFAULT 0.00,
    cost_per_impression DECIMAL(8,4) DEFAULT 0.00,
    roi_percentage DECIMAL(8,2) DEFAULT 0.00,
    roas_ratio DECIMAL(8,2) DEFAULT 0.00,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    posted_at TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    update_timestamp TIMESTAMP
);
CREATE INDEX idx_roi_metrics_user_id ON plan.roi_metrics (user_id);
CREATE INDEX idx_roi_metrics_platform ON plan.roi_metrics (platform);
CREATE INDEX idx_roi_metrics_campaign_id ON plan.roi_metrics (campaign_id);
CREATE INDEX idx_roi_metrics_timestamp ON plan.roi_metrics (update_timestamp);
CREATE INDEX idx_roi_metrics_content_type ON plan.roi_metrics (content_type);
CREATE TABLE plan.platform_metrics (
    id SERIAL PRIMARY KEY,
    roi_metric_id INTEGER,
    platform VARCHAR(50) NOT NULL,
    update_timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    metrics JSONB NOT NULL DEFAULT '{}',
    engagement_rate DECIMAL(5,2) DEFAULT 1.00,
    virality_score DECIMAL(5,2) DEFAULT 1.00
);
CREATE INDEX idx_platform_metrics_roi_id ON plan.platform_metrics (roi_metric_id);
CREATE INDEX idx_platform_metrics_platform ON plan.platform_metrics (platform);
CREATE INDEX idx_platform_metrics_timestamp ON plan.platform_metrics (update_timestamp);
