package main

import (
	"context"

	"github.com/antihax/optional"
	sdk "github.com/confluentinc/kafka-rest-sdk-go/kafkarestv3"
)

func text(value string) *string { return &value }

// checkOpen makes all calls of the SDK for the proxy, whose paths begin with /v3 of `base`.
func checkOpen(base string, group string, topic string, created string) *calls {
	c := newCalls("kafka-rest-sdk-go " + base)
	configuration := sdk.NewConfiguration()
	configuration.BasePath = base
	client := sdk.NewAPIClient(configuration)
	ctx := context.Background()

	clusters, response, err := client.ClusterV3Api.ClustersGet(ctx)
	c.report("ClustersGet", 200, response, err)
	id := clusters.Data[0].ClusterId
	_, response, err = client.ClusterV3Api.GetKafkaCluster(ctx, id)
	c.report("GetKafkaCluster", 200, response, err)

	brokers, response, err := client.BrokerV3Api.ClustersClusterIdBrokersGet(ctx, id)
	c.report("ClustersClusterIdBrokersGet", 200, response, err)
	broker := brokers.Data[0].BrokerId
	_, response, err = client.BrokerV3Api.ClustersClusterIdBrokersBrokerIdGet(ctx, id, broker)
	c.report("ClustersClusterIdBrokersBrokerIdGet", 200, response, err)
	_, response, err = client.BrokerV3Api.ClustersClusterIdBrokersBrokerIdPartitionReplicasGet(ctx, id, broker)
	c.report("ClustersClusterIdBrokersBrokerIdPartitionReplicasGet", 200, response, err)

	_, response, err = client.TopicV3Api.CreateKafkaTopic(ctx, id, &sdk.CreateKafkaTopicOpts{
		CreateTopicRequestData: optional.NewInterface(sdk.CreateTopicRequestData{
			TopicName: created, PartitionsCount: 2, ReplicationFactor: 1,
			Configs: []sdk.CreateTopicRequestDataConfigs{{Name: "cleanup.policy", Value: text("compact")}},
		}),
	})
	c.report("CreateKafkaTopic", 201, response, err)
	until(func() bool {
		_, response, _ := client.TopicV3Api.GetKafkaTopic(ctx, id, created)
		return response != nil && response.StatusCode == 200
	})
	_, response, err = client.TopicV3Api.GetKafkaTopic(ctx, id, created)
	c.report("GetKafkaTopic", 200, response, err)
	_, response, err = client.TopicV3Api.ListKafkaTopics(ctx, id)
	c.report("ListKafkaTopics", 200, response, err)

	partitions, response, err := client.PartitionV3Api.ListKafkaPartitions(ctx, id, created)
	c.report("ListKafkaPartitions", 200, response, err)
	partition := partitions.Data[0].PartitionId
	_, response, err = client.PartitionV3Api.GetKafkaPartition(ctx, id, created, partition)
	c.report("GetKafkaPartition", 200, response, err)
	_, response, err = client.ReplicaApi.ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReplicasGet(ctx, id, created, partition)
	c.report("ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReplicasGet", 200, response, err)
	_, response, err = client.ReplicaApi.ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReplicasBrokerIdGet(ctx, id, created, partition, broker)
	c.report("ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReplicasBrokerIdGet", 200, response, err)
	_, response, err = client.PartitionApi.ClustersClusterIdTopicsPartitionsReassignmentGet(ctx, id)
	c.report("ClustersClusterIdTopicsPartitionsReassignmentGet", 200, response, err)
	_, response, err = client.PartitionApi.ClustersClusterIdTopicsTopicNamePartitionsReassignmentGet(ctx, id, created)
	c.report("ClustersClusterIdTopicsTopicNamePartitionsReassignmentGet", 200, response, err)
	_, response, err = client.PartitionApi.ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReassignmentGet(ctx, id, created, partition)
	c.report("ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReassignmentGet", 404, response, err)

	c.checkOpenConfigs(client, id, broker, created)
	c.checkOpenAcls(client, id, created)
	c.checkOpenGroups(client, id, group, topic)

	var data interface{} = map[string]interface{}{"a": 1}
	_, response, err = client.RecordsV3Api.ClustersClusterIdTopicsTopicNameRecordsPost(ctx, id, topic, &sdk.ClustersClusterIdTopicsTopicNameRecordsPostOpts{
		ProduceRequest: optional.NewInterface(sdk.ProduceRequest{Value: &sdk.ProduceRequestData{Type: "JSON", Data: &data}}),
	})
	c.report("ClustersClusterIdTopicsTopicNameRecordsPost", 200, response, err)

	response, err = client.TopicV3Api.DeleteKafkaTopic(ctx, id, created)
	c.report("DeleteKafkaTopic", 204, response, err)
	c.refuseOthers(client)
	return c
}

func (c *calls) checkOpenConfigs(client *sdk.APIClient, id string, broker int32, topic string) {
	ctx := context.Background()
	api := client.ConfigsV3Api
	value := func(value string) optional.Interface {
		return optional.NewInterface(sdk.UpdateConfigRequestData{Value: text(value)})
	}
	batch := func(name string, value string) optional.Interface {
		return optional.NewInterface(sdk.AlterConfigBatchRequestData{
			Data: []sdk.AlterConfigBatchRequestDataData{{Name: name, Value: text(value)}},
		})
	}

	response, err := api.UpdateKafkaTopicConfig(ctx, id, topic, "retention.ms", &sdk.UpdateKafkaTopicConfigOpts{UpdateConfigRequestData: value("1000")})
	c.report("UpdateKafkaTopicConfig", 204, response, err)
	_, response, err = api.GetKafkaTopicConfig(ctx, id, topic, "retention.ms")
	c.report("GetKafkaTopicConfig", 200, response, err)
	response, err = api.UpdateKafkaTopicConfigBatch(ctx, id, topic, &sdk.UpdateKafkaTopicConfigBatchOpts{AlterConfigBatchRequestData: batch("retention.ms", "2000")})
	c.report("UpdateKafkaTopicConfigBatch", 204, response, err)
	response, err = api.DeleteKafkaTopicConfig(ctx, id, topic, "retention.ms")
	c.report("DeleteKafkaTopicConfig", 204, response, err)
	_, response, err = api.ListKafkaTopicConfigs(ctx, id, topic)
	c.report("ListKafkaTopicConfigs", 200, response, err)
	_, response, err = api.ListKafkaAllTopicConfigs(ctx, id)
	c.report("ListKafkaAllTopicConfigs", 200, response, err)

	const name = "log.cleaner.threads"
	response, err = api.ClustersClusterIdBrokersBrokerIdConfigsNamePut(ctx, id, broker, name, &sdk.ClustersClusterIdBrokersBrokerIdConfigsNamePutOpts{UpdateConfigRequestData: value("2")})
	c.report("ClustersClusterIdBrokersBrokerIdConfigsNamePut", 204, response, err)
	_, response, err = api.ClustersClusterIdBrokersBrokerIdConfigsNameGet(ctx, id, broker, name)
	c.report("ClustersClusterIdBrokersBrokerIdConfigsNameGet", 200, response, err)
	response, err = api.ClustersClusterIdBrokersBrokerIdConfigsalterPost(ctx, id, broker, &sdk.ClustersClusterIdBrokersBrokerIdConfigsalterPostOpts{AlterConfigBatchRequestData: batch(name, "2")})
	c.report("ClustersClusterIdBrokersBrokerIdConfigsalterPost", 204, response, err)
	response, err = api.ClustersClusterIdBrokersBrokerIdConfigsNameDelete(ctx, id, broker, name)
	c.report("ClustersClusterIdBrokersBrokerIdConfigsNameDelete", 204, response, err)
	_, response, err = api.ClustersClusterIdBrokersBrokerIdConfigsGet(ctx, id, broker)
	c.report("ClustersClusterIdBrokersBrokerIdConfigsGet", 200, response, err)
	_, response, err = api.ClustersClusterIdBrokersConfigsGet(ctx, id)
	c.report("ClustersClusterIdBrokersConfigsGet", 200, response, err)

	response, err = api.UpdateKafkaClusterConfig(ctx, id, name, &sdk.UpdateKafkaClusterConfigOpts{UpdateConfigRequestData: value("2")})
	c.report("UpdateKafkaClusterConfig", 204, response, err)
	until(func() bool {
		_, response, _ := api.GetKafkaClusterConfig(ctx, id, name)
		return response != nil && response.StatusCode == 200
	})
	_, response, err = api.GetKafkaClusterConfig(ctx, id, name)
	c.report("GetKafkaClusterConfig", 200, response, err)
	_, response, err = api.ListKafkaClusterConfigs(ctx, id)
	c.report("ListKafkaClusterConfigs", 200, response, err)
	response, err = api.UpdateKafkaClusterConfigs(ctx, id, &sdk.UpdateKafkaClusterConfigsOpts{AlterConfigBatchRequestData: batch(name, "2")})
	c.report("UpdateKafkaClusterConfigs", 204, response, err)
	response, err = api.DeleteKafkaClusterConfig(ctx, id, name)
	c.report("DeleteKafkaClusterConfig", 204, response, err)
}

func (c *calls) checkOpenAcls(client *sdk.APIClient, id string, topic string) {
	ctx := context.Background()
	response, err := client.ACLV3Api.CreateKafkaAcls(ctx, id, &sdk.CreateKafkaAclsOpts{
		CreateAclRequestData: optional.NewInterface(sdk.CreateAclRequestData{
			ResourceType: sdk.ACLRESOURCETYPE_TOPIC, ResourceName: topic, PatternType: "LITERAL",
			Principal: "User:sdk", Host: "*", Operation: "READ", Permission: "ALLOW",
		}),
	})
	c.report("CreateKafkaAcls", 201, response, err)
	_, response, err = client.ACLV3Api.GetKafkaAcls(ctx, id, &sdk.GetKafkaAclsOpts{Principal: optional.NewString("User:sdk")})
	c.report("GetKafkaAcls", 200, response, err)
	_, response, err = client.ACLV3Api.DeleteKafkaAcls(ctx, id, &sdk.DeleteKafkaAclsOpts{
		ResourceType: optional.NewInterface("TOPIC"), ResourceName: optional.NewString(topic),
		PatternType: optional.NewString("LITERAL"), Principal: optional.NewString("User:sdk"),
		Operation: optional.NewString("READ"), Permission: optional.NewString("ALLOW"),
	})
	c.report("DeleteKafkaAcls", 200, response, err)
}

func (c *calls) checkOpenGroups(client *sdk.APIClient, id string, group string, topic string) {
	ctx := context.Background()
	api := client.ConsumerGroupV3Api
	_, response, err := api.ListKafkaConsumerGroups(ctx, id)
	c.report("ListKafkaConsumerGroups", 200, response, err)
	_, response, err = api.GetKafkaConsumerGroup(ctx, id, group)
	c.report("GetKafkaConsumerGroup", 200, response, err)
	consumers, response, err := api.ListKafkaConsumers(ctx, id, group)
	c.report("ListKafkaConsumers", 200, response, err)
	consumer := consumers.Data[0].ConsumerId
	_, response, err = api.GetKafkaConsumer(ctx, id, group, consumer)
	c.report("GetKafkaConsumer", 200, response, err)
	_, response, err = api.ListKafkaConsumerAssignment(ctx, id, group, consumer)
	c.report("ListKafkaConsumerAssignment", 200, response, err)
	_, response, err = api.GetKafkaConsumerAssignment(ctx, id, group, consumer, topic, 0)
	c.report("GetKafkaConsumerAssignment", 200, response, err)
	_, response, err = api.ListKafkaConsumerLags(ctx, id, group)
	c.report("ListKafkaConsumerLags", 200, response, err)
	_, response, err = api.GetKafkaConsumerGroupLagSummary(ctx, id, group)
	c.report("GetKafkaConsumerGroupLagSummary", 200, response, err)
	_, response, err = client.PartitionV3Api.GetKafkaConsumerLag(ctx, id, group, topic, 0)
	c.report("GetKafkaConsumerLag", 200, response, err)
}
