/** The routes of the v3 API. */
import type { AnyRoute } from '../../http/route.ts'
import type { Services } from '../services.ts'
import { createAcl, createAcls, deleteAcls, listAcls } from './acls.ts'
import {
  alterBrokerConfigs,
  deleteBrokerConfig,
  getBrokerConfig,
  listAllBrokerConfigs,
  listBrokerConfigs,
  updateBrokerConfig,
} from './broker-configs.ts'
import { listBrokerReplicas } from './broker-replicas.ts'
import { getBroker, listBrokersV3 } from './brokers.ts'
import {
  alterClusterConfigs,
  deleteClusterConfig,
  getClusterConfig,
  listClusterConfigs,
  updateClusterConfig,
} from './cluster-configs.ts'
import { getCluster, listClusters } from './clusters.ts'
import {
  getAssignmentV3,
  getConsumer,
  getConsumerGroup,
  listAssignments,
  listConsumerGroups,
  listConsumers,
} from './consumer-groups.ts'
import { deleteConsumerGroup, deleteGroupOffsets, listGroupOffsets } from './group-offsets.ts'
import { getLag, getLagSummary, listLags } from './lags.ts'
import { electLeaders } from './leader-election.ts'
import { listLogDirReplicas, listLogDirs } from './log-dirs.ts'
import { resetGroupOffsets } from './offset-reset.ts'
import {
  getPartitionV3,
  getReplica,
  listPartitionOffsets,
  listPartitionsV3,
  listReplicas,
} from './partitions.ts'
import { produceRecord, produceRecordsBatch } from './produce.ts'
import { getReassignment, listAllReassignments, listReassignmentsOfTopic } from './reassignments.ts'
import { deleteRecords } from './record-deletion.ts'
import {
  deleteScramPassword,
  getScramUser,
  listScramUsers,
  setScramPassword,
} from './scram-users.ts'
import {
  alterConfigsOfTopics,
  alterTopicConfigs,
  deleteTopicConfig,
  getTopicConfig,
  listAllTopicConfigs,
  listTopicConfigs,
  updateTopicConfig,
} from './topic-configs.ts'
import { createTopicV3, deleteTopicV3, getTopicV3, listTopicsV3, updateTopic } from './topics.ts'

export const V3_ROUTES: readonly AnyRoute<Services>[] = [
  listClusters,
  getCluster,
  listBrokersV3,
  getBroker,
  listAllBrokerConfigs,
  listBrokerConfigs,
  getBrokerConfig,
  updateBrokerConfig,
  deleteBrokerConfig,
  alterBrokerConfigs,
  listBrokerReplicas,
  listClusterConfigs,
  getClusterConfig,
  updateClusterConfig,
  deleteClusterConfig,
  alterClusterConfigs,
  listTopicsV3,
  createTopicV3,
  getTopicV3,
  updateTopic,
  deleteTopicV3,
  produceRecord,
  produceRecordsBatch,
  listAllTopicConfigs,
  alterConfigsOfTopics,
  listTopicConfigs,
  getTopicConfig,
  updateTopicConfig,
  deleteTopicConfig,
  alterTopicConfigs,
  listPartitionsV3,
  getPartitionV3,
  listPartitionOffsets,
  listReplicas,
  getReplica,
  listAllReassignments,
  listReassignmentsOfTopic,
  getReassignment,
  listAcls,
  createAcl,
  createAcls,
  deleteAcls,
  listConsumerGroups,
  getConsumerGroup,
  listConsumers,
  getConsumer,
  listAssignments,
  getAssignmentV3,
  listLags,
  getLag,
  getLagSummary,
  deleteConsumerGroup,
  listGroupOffsets,
  resetGroupOffsets,
  deleteGroupOffsets,
  deleteRecords,
  electLeaders,
  listScramUsers,
  getScramUser,
  setScramPassword,
  deleteScramPassword,
  listLogDirs,
  listLogDirReplicas,
]
