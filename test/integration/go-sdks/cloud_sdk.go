package main

import (
	"context"

	sdk "github.com/confluentinc/ccloud-sdk-go-v2/kafkarest/v3"
)

// checkCloud makes all calls of the SDK for Confluent Cloud, which is that of the Terraform provider, in the order in
// which the provider makes those that it uses. Their paths begin with /kafka/v3 of `url`.
func checkCloud(url string, id string, group string, topic string, created string) *calls {
	c := newCalls("ccloud-sdk-go-v2")
	configuration := sdk.NewConfiguration()
	configuration.Servers = sdk.ServerConfigurations{{URL: url}}
	client := sdk.NewAPIClient(configuration)
	ctx := context.Background()

	_, response, err := client.ClusterV3Api.GetKafkaCluster(ctx, id).Execute()
	c.report("GetKafkaCluster", 200, response, err)

	count, replicas := int32(2), int32(1)
	configs := []sdk.CreateTopicRequestDataConfigs{{Name: "cleanup.policy", Value: *sdk.NewNullableString(text("compact"))}}
	request := sdk.CreateTopicRequestData{TopicName: created, PartitionsCount: &count, ReplicationFactor: &replicas, Configs: &configs}
	_, response, err = client.TopicV3Api.CreateKafkaTopic(ctx, id).CreateTopicRequestData(request).Execute()
	c.report("CreateKafkaTopic", 201, response, err)
	until(func() bool {
		_, response, _ := client.TopicV3Api.GetKafkaTopic(ctx, id, created).Execute()
		return response != nil && response.StatusCode == 200
	})
	_, response, err = client.TopicV3Api.GetKafkaTopic(ctx, id, created).IncludeAuthorizedOperations(true).Execute()
	c.report("GetKafkaTopic", 200, response, err)
	_, response, err = client.ConfigsV3Api.ListKafkaTopicConfigs(ctx, id, created).Execute()
	c.report("ListKafkaTopicConfigs", 200, response, err)
	c.checkCloudConfigs(client, id, created)
	more := sdk.UpdatePartitionCountRequestData{PartitionsCount: 3}
	_, response, err = client.TopicV3Api.UpdatePartitionCountKafkaTopic(ctx, id, created).UpdatePartitionCountRequestData(more).Execute()
	c.report("UpdatePartitionCountKafkaTopic", 200, response, err)
	c.checkCloudAcls(client, id, created)

	_, response, err = client.TopicV3Api.ListKafkaTopics(ctx, id).Execute()
	c.report("ListKafkaTopics", 200, response, err)
	_, response, err = client.PartitionV3Api.ListKafkaPartitions(ctx, id, created).Execute()
	c.report("ListKafkaPartitions", 200, response, err)
	_, response, err = client.PartitionV3Api.GetKafkaPartition(ctx, id, created, 0).Execute()
	c.report("GetKafkaPartition", 200, response, err)
	c.checkCloudGroups(client, id, group, topic)

	var data interface{} = "text"
	value := sdk.ProduceRequestData{Type: text("STRING"), Data: &data}
	record := sdk.ProduceRequest{Value: *sdk.NewNullableProduceRequestData(&value)}
	_, response, err = client.RecordsV3Api.ProduceRecord(ctx, id, topic).ProduceRequest(record).Execute()
	c.report("ProduceRecord", 200, response, err)

	response, err = client.TopicV3Api.DeleteKafkaTopic(ctx, id, created).Execute()
	c.report("DeleteKafkaTopic", 204, response, err)
	until(func() bool {
		_, response, _ := client.TopicV3Api.GetKafkaTopic(ctx, id, created).Execute()
		return response != nil && response.StatusCode == 404
	})
	c.refuseOthers(client)
	return c
}

func (c *calls) checkCloudConfigs(client *sdk.APIClient, id string, topic string) {
	ctx := context.Background()
	api := client.ConfigsV3Api
	batch := func(name string, value string) sdk.AlterConfigBatchRequestData {
		return sdk.AlterConfigBatchRequestData{
			Data: []sdk.AlterConfigBatchRequestDataData{{Name: name, Value: *sdk.NewNullableString(text(value))}},
		}
	}
	value := sdk.UpdateConfigRequestData{Value: *sdk.NewNullableString(text("2"))}

	response, err := api.UpdateKafkaTopicConfigBatch(ctx, id, topic).AlterConfigBatchRequestData(batch("retention.ms", "2000")).Execute()
	c.report("UpdateKafkaTopicConfigBatch", 204, response, err)
	response, err = api.UpdateKafkaTopicConfig(ctx, id, topic, "retention.ms").UpdateConfigRequestData(value).Execute()
	c.report("UpdateKafkaTopicConfig", 204, response, err)
	_, response, err = api.GetKafkaTopicConfig(ctx, id, topic, "retention.ms").Execute()
	c.report("GetKafkaTopicConfig", 200, response, err)
	response, err = api.DeleteKafkaTopicConfig(ctx, id, topic, "retention.ms").Execute()
	c.report("DeleteKafkaTopicConfig", 204, response, err)
	_, response, err = api.ListKafkaAllTopicConfigs(ctx, id).Execute()
	c.report("ListKafkaAllTopicConfigs", 200, response, err)

	const name = "log.cleaner.threads"
	response, err = api.UpdateKafkaClusterConfigs(ctx, id).AlterConfigBatchRequestData(batch(name, "2")).Execute()
	c.report("UpdateKafkaClusterConfigs", 204, response, err)
	response, err = api.UpdateKafkaClusterConfig(ctx, id, name).UpdateConfigRequestData(value).Execute()
	c.report("UpdateKafkaClusterConfig", 204, response, err)
	until(func() bool {
		_, response, _ := api.GetKafkaClusterConfig(ctx, id, name).Execute()
		return response != nil && response.StatusCode == 200
	})
	_, response, err = api.GetKafkaClusterConfig(ctx, id, name).Execute()
	c.report("GetKafkaClusterConfig", 200, response, err)
	_, response, err = api.ListKafkaClusterConfigs(ctx, id).Execute()
	c.report("ListKafkaClusterConfigs", 200, response, err)
	response, err = api.DeleteKafkaClusterConfig(ctx, id, name).Execute()
	c.report("DeleteKafkaClusterConfig", 204, response, err)
}

func (c *calls) checkCloudAcls(client *sdk.APIClient, id string, topic string) {
	ctx := context.Background()
	acl := sdk.CreateAclRequestData{
		ResourceType: sdk.TOPIC, ResourceName: topic, PatternType: "LITERAL",
		Principal: "User:cloud", Host: "*", Operation: "READ", Permission: "ALLOW",
	}
	response, err := client.ACLV3Api.CreateKafkaAcls(ctx, id).CreateAclRequestData(acl).Execute()
	c.report("CreateKafkaAcls", 201, response, err)
	list := sdk.CreateAclRequestDataList{Data: []sdk.CreateAclRequestData{acl}}
	response, err = client.ACLV3Api.BatchCreateKafkaAcls(ctx, id).CreateAclRequestDataList(list).Execute()
	c.report("BatchCreateKafkaAcls", 204, response, err)
	_, response, err = client.ACLV3Api.GetKafkaAcls(ctx, id).ResourceType(sdk.TOPIC).ResourceName(topic).
		PatternType("LITERAL").Principal("User:cloud").Host("*").Operation("READ").Permission("ALLOW").Execute()
	c.report("GetKafkaAcls", 200, response, err)
	_, response, err = client.ACLV3Api.DeleteKafkaAcls(ctx, id).ResourceType(sdk.TOPIC).ResourceName(topic).
		PatternType("LITERAL").Principal("User:cloud").Host("*").Operation("READ").Permission("ALLOW").Execute()
	c.report("DeleteKafkaAcls", 200, response, err)
}

func (c *calls) checkCloudGroups(client *sdk.APIClient, id string, group string, topic string) {
	ctx := context.Background()
	api := client.ConsumerGroupV3Api
	_, response, err := api.ListKafkaConsumerGroups(ctx, id).Execute()
	c.report("ListKafkaConsumerGroups", 200, response, err)
	_, response, err = api.GetKafkaConsumerGroup(ctx, id, group).Execute()
	c.report("GetKafkaConsumerGroup", 200, response, err)
	consumers, response, err := api.ListKafkaConsumers(ctx, id, group).Execute()
	c.report("ListKafkaConsumers", 200, response, err)
	_, response, err = api.GetKafkaConsumer(ctx, id, group, consumers.Data[0].ConsumerId).Execute()
	c.report("GetKafkaConsumer", 200, response, err)
	_, response, err = api.ListKafkaConsumerLags(ctx, id, group).Execute()
	c.report("ListKafkaConsumerLags", 200, response, err)
	_, response, err = api.GetKafkaConsumerLag(ctx, id, group, topic, 0).Execute()
	c.report("GetKafkaConsumerLag", 200, response, err)
	_, response, err = api.GetKafkaConsumerGroupLagSummary(ctx, id, group).Execute()
	c.report("GetKafkaConsumerGroupLagSummary", 200, response, err)
}
