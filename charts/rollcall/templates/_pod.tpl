{{- /* The volumes of the pod, as a YAML list. */ -}}
{{- define "rollcall.volumes" -}}
- name: config
  configMap:
    name: {{ include "rollcall.configMapName" . | quote }}
- name: state
  {{- if eq .Values.mode "node" }}
  hostPath:
    path: {{ .Values.node.stateDirectory | quote }}
    type: DirectoryOrCreate
  {{- else }}
  # Nothing in it is needed after the end of the pod.
  emptyDir:
    sizeLimit: {{ .Values.stateSize | quote }}
  {{- end }}
{{- with .Values.etcdSecrets.tls.name }}
- name: etcd-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with .Values.etcdSecrets.auth.name }}
- name: etcd-auth
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- if eq .Values.mode "node" }}
{{- range $index, $each := .Values.node.hostPaths }}
- name: {{ printf "host-%d" $index }}
  hostPath:
    path: {{ $each.path | quote }}
    type: {{ default "Directory" $each.type | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rollcall.volumeMounts" -}}
- name: config
  mountPath: /etc/rollcall
  readOnly: true
- name: state
  mountPath: /var/lib/rollcall
{{- if .Values.etcdSecrets.tls.name }}
- name: etcd-tls
  mountPath: /etc/rollcall-etcd/tls
  readOnly: true
{{- end }}
{{- if .Values.etcdSecrets.auth.name }}
- name: etcd-auth
  mountPath: /etc/rollcall-etcd/auth
  readOnly: true
{{- end }}
{{- if eq .Values.mode "node" }}
{{- range $index, $each := .Values.node.hostPaths }}
- name: {{ printf "host-%d" $index }}
  mountPath: {{ default $each.path $each.mountPath | quote }}
  readOnly: {{ default false $each.readOnly }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rollcall.podSecurityContext" -}}
{{- $user := ternary 0 65532 (eq .Values.mode "node") -}}
{{- $default := dict "runAsNonRoot" (ne .Values.mode "node") "runAsUser" $user "runAsGroup" $user -}}
{{- $_ := set $default "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- if ne .Values.mode "node" -}}{{- $_ := set $default "fsGroup" 65532 -}}{{- end -}}
{{- toYaml (mergeOverwrite $default (deepCopy .Values.podSecurityContext)) -}}
{{- end -}}

{{- define "rollcall.securityContext" -}}
{{- $default := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true -}}
{{- $_ := set $default "capabilities" (dict "drop" (list "ALL")) -}}
{{- toYaml (mergeOverwrite $default (deepCopy .Values.securityContext)) -}}
{{- end -}}

{{- /* What the containers of the pods and of the test have in common: image, environment, resources, mounts. */ -}}
{{- define "rollcall.container" -}}
image: {{ include "rollcall.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  # The kubelet gives an emptyDir mode 0777, but only this pod reaches it. Others may reach a directory of the node.
  - name: ROLLCALL_OWN_VOLUME
    value: {{ ternary "" "/var/lib/rollcall" (eq .Values.mode "node") | quote }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "rollcall.securityContext" . | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  {{- include "rollcall.volumeMounts" . | nindent 2 }}
{{- end -}}

{{- /* What the pods of the workload and of the test have in common. */ -}}
{{- define "rollcall.podSpec" -}}
serviceAccountName: {{ include "rollcall.serviceAccountName" . | quote }}
automountServiceAccountToken: {{ eq (include "rollcall.usesCluster" .) "true" }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "rollcall.podSecurityContext" . | nindent 2 }}
{{- if eq .Values.mode "node" }}
hostPID: {{ .Values.node.hostPID }}
hostNetwork: {{ .Values.node.hostNetwork }}
{{- if .Values.node.hostNetwork }}
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  {{- include "rollcall.volumes" . | nindent 2 }}
{{- end -}}

{{- /* How the pods spread, as a YAML list. A constraint without a selector is about the pods of the release. */ -}}
{{- define "rollcall.spread" -}}
{{- $over := dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway" -}}
{{- $wanted := ternary (list $over) .Values.topologySpreadConstraints (kindIs "invalid" .Values.topologySpreadConstraints) -}}
{{- $constraints := list -}}
{{- range $wanted -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "rollcall.selectorLabels" $ | fromYaml)) -}}
{{- $constraints = append $constraints (merge (deepCopy .) $own) -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}

{{- /* The template of the pods. */ -}}
{{- define "rollcall.pod" -}}
{{- $port := include "rollcall.adminPort" . -}}
metadata:
  labels:
    {{- include "rollcall.labels" . | nindent 4 }}
    rollcall/release: {{ .Release.Name | quote }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: rollcall
    {{- if and .Values.config .Values.rolloutOnConfigChange }}
    checksum/config: {{ printf "%s%s" (include "rollcall.config" .) (toJson .Values.templates) | sha256sum | quote }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "rollcall.podSpec" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- if ne .Values.mode "node" }}
  topologySpreadConstraints:
    {{- include "rollcall.spread" . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: rollcall
      {{- include "rollcall.container" . | nindent 6 }}
      args: [run, --config, /etc/rollcall/rollcall.yaml, --log-level, {{ .Values.logLevel | quote }}]
      ports:
        - name: admin
          containerPort: {{ $port }}
      # None of these depends on the others; the liveness does not depend on etcd.
      startupProbe:
        httpGet: {path: /livez, port: admin, scheme: {{ include "rollcall.adminScheme" . }}}
        periodSeconds: {{ int .Values.probes.startup.periodSeconds }}
        timeoutSeconds: {{ int .Values.probes.startup.timeoutSeconds }}
        failureThreshold: {{ int .Values.probes.startup.failureThreshold }}
      livenessProbe:
        httpGet: {path: /livez, port: admin, scheme: {{ include "rollcall.adminScheme" . }}}
        periodSeconds: {{ int .Values.probes.liveness.periodSeconds }}
        timeoutSeconds: {{ int .Values.probes.liveness.timeoutSeconds }}
        failureThreshold: {{ int .Values.probes.liveness.failureThreshold }}
      readinessProbe:
        httpGet: {path: /readyz, port: admin, scheme: {{ include "rollcall.adminScheme" . }}}
        periodSeconds: {{ int .Values.probes.readiness.periodSeconds }}
        timeoutSeconds: {{ int .Values.probes.readiness.timeoutSeconds }}
        failureThreshold: {{ int .Values.probes.readiness.failureThreshold }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
