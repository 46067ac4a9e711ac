/**
 * The variables of all our programs. They may stand in one environment, so none of them is a misspelling to another
 * program. A test in scripts/ compares this list with the settings themselves, both ways.
 */
export const PROGRAM_SETTINGS: readonly string[] = [
  // every program
  'SEDGE_CONFIG',
  'SEDGE_LOG_LEVEL',
  // coordinator
  'SEDGE_STATE_DIR',
  'SEDGE_HTTP_HOST',
  'SEDGE_HTTP_PORT',
  'SEDGE_PUBLIC_URL',
  'SEDGE_MQTT_HOST',
  'SEDGE_MQTT_PORT',
  'SEDGE_MQTT_PUBLIC_URL',
  'SEDGE_PROJECT',
  'SEDGE_ALLOW_PLAINTEXT',
  'SEDGE_METRICS_OPEN',
  'SEDGE_HEARTBEAT_PATIENCE_MS',
  // agent
  'SEDGE_AGENT_DIR',
  'SEDGE_HEARTBEAT_MS',
  'SEDGE_BLOB_ROAD',
  'SEDGE_CACHE_BYTES_MAX',
  'SEDGE_ENGINE',
  'SEDGE_ISOLATION',
  'SEDGE_LOW_MEMORY',
  'SEDGE_MODEL_MEMORY_MB',
  'SEDGE_LOCAL_PORT',
  'SEDGE_SHED_TEMPERATURE_C',
  'SEDGE_SHED_BATTERY',
  'SEDGE_LOG_FORMAT',
  // given by the agent to programs that train
  'SEDGE_TRAINER_CONFIG',
  'SEDGE_TRAINER_FOLDER',
  // command line
  'SEDGE_URL',
  'SEDGE_TOKEN',
  'SEDGE_PUBLISHER_KEY',
  // scripts
  'SEDGE_DATA_DIR',
];
