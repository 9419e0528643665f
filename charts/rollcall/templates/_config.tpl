{{- /*
The config of the program as JSON: the values, and what the pod decides. Empty with `existingConfigMap`.
- `stateDir` is in the volume of the pod.
- `admin.listen` is there: the probes ask it.
- `guard: off` is a false of YAML 1.1, which Helm reads. The program reads YAML 1.2.
- A target that is the same for all pods needs an election: that of the release, wherever `kubernetes.namespace` is. In another cluster the
  namespace of the release may be missing, so the Lease's name has it.
*/ -}}
{{- define "rollcall.config" -}}
{{- if .Values.config -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "stateDir" "/var/lib/rollcall/state" -}}
{{- $admin := default dict $config.admin -}}
{{- if not $admin.listen -}}{{- $_ := set $admin "listen" (printf ":%d" (int .Values.adminPort)) -}}{{- end -}}
{{- $_ := set $config "admin" $admin -}}
{{- $etcd := default dict $config.etcd -}}
{{- with .Values.etcdSecrets.tls.name -}}
{{- $keys := $.Values.etcdSecrets.tls -}}
{{- $tls := default dict $etcd.tls -}}
{{- with $keys.ca -}}{{- $_ := set $tls "ca" (printf "/etc/rollcall-etcd/tls/%s" .) -}}{{- end -}}
{{- if and $keys.cert $keys.key -}}
{{- $_ := set $tls "cert" (printf "/etc/rollcall-etcd/tls/%s" $keys.cert) -}}
{{- $_ := set $tls "key" (printf "/etc/rollcall-etcd/tls/%s" $keys.key) -}}
{{- end -}}
{{- $_ := set $etcd "tls" $tls -}}
{{- end -}}
{{- with .Values.etcdSecrets.auth -}}
{{- if .name -}}
{{- $_ := set $etcd "auth" (dict "username" .username "passwordFile" (printf "/etc/rollcall-etcd/auth/%s" .password)) -}}
{{- end -}}
{{- end -}}
{{- if $etcd -}}{{- $_ := set $config "etcd" $etcd -}}{{- end -}}
{{- $clusterWide := false -}}
{{- range $target := $config.targets -}}
{{- if and (hasKey $target "guard") (kindIs "bool" $target.guard) -}}{{- $_ := set $target "guard" "off" -}}{{- end -}}
{{- if include "rollcall.isClusterWide" $target -}}{{- $clusterWide = true -}}{{- end -}}
{{- end -}}
{{- if and $clusterWide (not $config.election) -}}
{{- $lease := dict "name" (include "rollcall.fullname" .) "namespace" .Release.Namespace -}}
{{- if include "rollcall.isElsewhere" . -}}{{- $lease = dict "name" (include "rollcall.fullnameElsewhere" .) -}}{{- end -}}
{{- $_ := set $config "election" (dict "kubernetes" $lease) -}}
{{- end -}}
{{- toJson $config -}}
{{- end -}}
{{- end -}}

{{- /* Not empty if a kubeconfig says which cluster the config is about: the account of the pod has nothing to do with it. */ -}}
{{- define "rollcall.isElsewhere" -}}
{{- with (default dict .Values.config).kubernetes -}}{{- if .kubeconfig -}}true{{- end -}}{{- end -}}
{{- end -}}

{{- /* "true" if a target is the same for all pods, so that one of them writes it. */ -}}
{{- define "rollcall.isClusterWide" -}}
{{- $target := . -}}
{{- range list "configMap" "secret" "endpointSlices" -}}{{- if hasKey $target . -}}true{{- end -}}{{- end -}}
{{- end -}}

{{- /* Not empty if an election decides which pod writes. */ -}}
{{- define "rollcall.hasElection" -}}
{{- $text := include "rollcall.config" . -}}
{{- if $text -}}
{{- range (fromJson $text).targets -}}{{- include "rollcall.isClusterWide" . -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The number of pods of the Deployment. Two pods would both write the targets that no election covers. */ -}}
{{- define "rollcall.replicas" -}}
{{- if kindIs "invalid" .Values.replicas -}}
{{- $replicas := ternary 2 1 (not (empty .Values.config)) -}}
{{- range (default dict .Values.config).targets -}}
{{- if not (include "rollcall.isClusterWide" .) -}}{{- $replicas = 1 -}}{{- end -}}
{{- end -}}
{{- $replicas -}}
{{- else -}}
{{- int .Values.replicas -}}
{{- end -}}
{{- end -}}

{{- /* The targets that each pod writes outside of itself, with no election: a JSON list of names. */ -}}
{{- define "rollcall.contested" -}}
{{- $names := list -}}
{{- range $target := (default dict .Values.config).targets -}}
{{- if or (hasKey $target "dnsUpdate") (hasKey $target "skydns") -}}{{- $names = append $names $target.name -}}{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- /*
Not empty if an update of the Deployment may run the old and the new pod at the same time: an election covers what they write outside of
themselves. What a ConfigMap of the user's own says is not known: who asks for several pods has an election.
*/ -}}
{{- define "rollcall.mayOverlap" -}}
{{- if .Values.config -}}
{{- if and (include "rollcall.hasElection" .) (not (include "rollcall.contested" . | fromJsonArray)) -}}true{{- end -}}
{{- else if gt (int (include "rollcall.replicas" .)) 1 -}}true{{- end -}}
{{- end -}}

{{- /* The port of the admin server. */ -}}
{{- define "rollcall.adminPort" -}}
{{- $text := include "rollcall.config" . -}}
{{- if $text -}}
{{- $listen := (fromJson $text).admin.listen -}}
{{- if regexMatch "^(127\\.|localhost:|\\[::1\\])" $listen -}}
{{- fail (printf "config.admin.listen: %s is reached from the pod only, so no probe gets an answer. Leave it out, or write :9117" $listen) -}}
{{- end -}}
{{- regexFind "[0-9]+$" $listen -}}
{{- else -}}
{{- int .Values.adminPort -}}
{{- end -}}
{{- end -}}

{{- define "rollcall.adminScheme" -}}
{{- $text := include "rollcall.config" . -}}
{{- if and $text (fromJson $text).admin.tls -}}HTTPS{{- else -}}{{- .Values.adminScheme -}}{{- end -}}
{{- end -}}

{{- /* Values that the schema cannot judge. */ -}}
{{- define "rollcall.check" -}}
{{- if and .Values.config .Values.existingConfigMap -}}
{{- fail "config and existingConfigMap: give one of them" -}}
{{- end -}}
{{- if not (or .Values.config .Values.existingConfigMap) -}}
{{- fail "config: give the config of rollcall (its sources and targets), or the name of a ConfigMap in existingConfigMap" -}}
{{- end -}}
{{- if and .Values.existingConfigMap .Values.templates -}}
{{- fail "templates: they belong into the ConfigMap of existingConfigMap" -}}
{{- end -}}
{{- end -}}
